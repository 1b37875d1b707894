import { z } from 'zod';

/** What stands in `.tributary/` beside nx.json (or where TRIBUTARY_HOME points), by file name. */
export const homeFiles = {
  server: 'server.json',
  database: 'tributary.db',
  key: 'secret.key',
  data: 'data',
  compileCache: 'compile-cache',
} as const;

/** `server.json`: a running server's address. It is trusted only when `/health` answers with the same boot id. */
export const serverFile = z.strictObject({ url: z.url(), pid: z.int().positive(), boot: z.guid() });
export type ServerFile = z.output<typeof serverFile>;
