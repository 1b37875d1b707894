import { once } from 'node:events';
import { createServer } from 'node:http';

import { z } from 'zod';

/** A server of raw files that can stop in the middle of them. */
export interface HeldFiles {
  /** @returns the base URL of the files for one case; each case is held by itself */
  urlOf(name: string): string;
  /** sends only half of each file from now on @returns the function that sends the other halves */
  hold(name: string): () => void;
  close(): Promise<void>;
}

/** @param files their texts by name, such as raw_orders.csv */
export async function holdFiles(files: Readonly<Record<string, string>>): Promise<HeldFiles> {
  const held = new Map<string, (() => void)[]>();
  const server = createServer((request, response) => {
    const [, name = '', file = ''] = (request.url ?? '').split('/');
    const text = files[file];
    if (text === undefined) return void response.writeHead(404).end();
    const half = text.length / 2;
    const waiting = held.get(name);
    if (!waiting) return void response.end(text);
    response.write(text.slice(0, half));
    waiting.push(() => response.end(text.slice(half)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.int() }).parse(server.address());
  return {
    urlOf: (name) => `http://127.0.0.1:${port}/${name}`,
    hold(name) {
      held.set(name, []);
      return () => {
        const waiting = held.get(name) ?? [];
        held.delete(name);
        for (const send of waiting) send();
      };
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
