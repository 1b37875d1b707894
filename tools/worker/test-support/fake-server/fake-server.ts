import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

import type { Transport } from '@tributary/contract/client';
import { writeJson } from '@tributary/contract/json';

import { answer } from './answer.ts';
import { FakeStore } from './fake-store.ts';
import type { Reply, Request } from './request.ts';

/** A server with only the routes that a worker needs. Without features it behaves like a plain Prefect server. */
export class FakeServer extends FakeStore {
  /** all requests so far */
  readonly requests: Request[] = [];
  /** called with each request; a reply that it returns replaces the server's answer */
  intercept: (request: Request) => Reply | Promise<Reply | undefined> | undefined = () => undefined;
  /** whether the answer to a request is lost after the server has acted */
  loses: (request: Request) => boolean = () => false;
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}/api`;
  }

  /** A transport that reaches the server without HTTP, for tests on fake time. */
  readonly transport: Transport = async ({ method, url, headers, body, signal = new AbortController().signal }) => {
    const path = url.slice(url.indexOf('/api') + '/api'.length);
    const replying = this.#reply({ method, path, headers, body: body === undefined ? undefined : JSON.parse(body) }, signal);
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    const reply = await Promise.race([replying, aborted]);
    return { status: reply.status, headers: reply.headers ?? {}, text: reply.body === undefined ? '' : writeJson(reply.body) };
  };

  /** Opens the port. After `stop`, this opens the same port again. Does nothing if the port is open. */
  async start(): Promise<this> {
    if (this.#server) return this;
    const server = createServer((request, response) => void this.#serve(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address === 'object' && address) this.#port = address.port;
    return this;
  }

  /** Closes the port and every connection. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  }

  /** The requests whose path ends with `end`. */
  asked(end: string): Request[] {
    return this.requests.filter(({ path }) => path.endsWith(end));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const body = await text(incoming).catch(() => '');
    const path = (incoming.url ?? '').replace('/api', '');
    const request = { method: incoming.method ?? '', path, headers: incoming.headers, body: body ? JSON.parse(body) : undefined };
    const reply = await this.#reply(request, gone.signal);
    if (!this.#server || this.loses(request)) return void incoming.socket.destroy();
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    response.end(reply.body === undefined ? undefined : writeJson(reply.body));
  }

  async #reply(request: Request, gone: AbortSignal): Promise<Reply> {
    this.requests.push(request);
    return (await this.intercept(request)) ?? (await answer(this, request, gone));
  }
}
