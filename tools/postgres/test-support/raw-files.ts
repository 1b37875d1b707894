import { createServer, type Server } from 'node:http';
import { once } from 'node:events';

import { z } from 'zod';

/** A server of raw files. `/404` and the like are answered with that status; `/cut/NAME` ends in the middle. */
export interface RawFiles {
  readonly url: string;
  close(): Promise<void>;
}

export async function serveRawFiles(files: Readonly<Record<string, string>>): Promise<RawFiles> {
  const server: Server = createServer((request, response) => {
    const [, first = '', second = ''] = (request.url ?? '').split('?')[0]?.split('/') ?? [];
    if (/^[45]\d\d$/.test(first)) return void response.writeHead(Number(first)).end('name,secret row');
    const text = files[first === 'cut' ? second : first] ?? '';
    response.writeHead(200, { 'content-type': 'text/csv', 'content-length': Buffer.byteLength(text) });
    if (first !== 'cut') return void response.end(text);
    response.write(text.slice(0, text.length / 2), () => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.int() }).parse(server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
