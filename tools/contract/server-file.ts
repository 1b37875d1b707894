import { z } from 'zod';

/** The files of the home folder: `.tributary/` beside nx.json, or the folder in TRIBUTARY_HOME. */
export const homeFiles = {
  server: 'server.json',
  database: 'tributary.db',
  key: 'secret.key',
  data: 'data',
  compileCache: 'compile-cache',
} as const;

/** `server.json`: the address of a running server. It is trusted only if `/health` answers with the same boot id. */
export const serverFile = z.strictObject({ url: z.url(), pid: z.int().positive(), boot: z.guid() });
export type ServerFile = z.output<typeof serverFile>;
