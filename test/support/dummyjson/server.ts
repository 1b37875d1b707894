// A stand-in for DummyJSON. It can also run on its own: node test/support/dummyjson/server.ts [port]
import { createServer } from 'node:http';

import { answer } from './answer.ts';
import { createProducts } from './products.ts';
import { createRateLimit } from './rate-limit.ts';

export interface Dummyjson {
  /** `http://127.0.0.1:<port>`, to which `/products` is added */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the stand-in. @param options.port the port to listen on @default the system's choice */
export async function startDummyjson({ port = 0 }: { port?: number } = {}): Promise<Dummyjson> {
  const products = createProducts();
  const secondsToWait = createRateLimit();
  const server = createServer((request, response) => {
    const wait = secondsToWait(request.socket.remoteAddress ?? '', Date.now());
    if (wait > 0) response.setHeader('retry-after', wait);
    const { status, body } =
      wait > 0
        ? { status: 429, body: { message: 'Too many requests, please try again later.' } }
        : answer(new URL(request.url ?? '/', 'http://localhost'), products);
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the stand-in for DummyJSON has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

if (import.meta.main) {
  const { url } = await startDummyjson({ port: Number(process.argv[2] ?? 0) });
  console.log(`DummyJSON's stand-in: ${url}/products`);
}
