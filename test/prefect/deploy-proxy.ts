import { createServer, request } from 'node:http';
import { once } from 'node:events';

import { z } from 'zod';

/** One exchange that went through. */
export interface Exchange {
  readonly method: string;
  /** below `/api`: `/deployments/filter` */
  readonly path: string;
  readonly status: number;
}

export interface RecordingProxy {
  /** what commands take for the server's URL */
  readonly url: string;
  /** what went through since the last call, in the order of the answers */
  take(): Exchange[];
  close(): Promise<void>;
}

/** A way to a server that keeps a record of what goes through. @param target the server's URL, which ends in `/api` */
export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  let exchanges: Exchange[] = [];
  const base = new URL(target);
  const proxy = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming;
    const sent = request(
      { host: base.hostname, port: base.port, method, path: url, headers: { ...headers, host: base.host } },
      (answer) => {
        exchanges.push({ method, path: url.replace(/^\/api/, ''), status: answer.statusCode ?? 0 });
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    sent.on('error', () => outgoing.destroy());
    incoming.pipe(sent);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = z.object({ port: z.int() }).parse(proxy.address());
  return {
    url: `http://127.0.0.1:${port}/api`,
    take: () => {
      const taken = exchanges;
      exchanges = [];
      return taken;
    },
    close: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve());
        proxy.closeAllConnections();
      }),
  };
}

/** Those that change something: filters and counts are reads that have a body. */
export function writesOf(exchanges: readonly Exchange[]): string[] {
  return exchanges
    .filter(({ method, path }) => method !== 'GET' && !/\/(filter|count|paginate)$/.test(path))
    .map(({ method, path }) => `${method} ${path}`);
}
