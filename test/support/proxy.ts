// A loopback proxy in front of an API, for tests of faults on the network:
//
//   const proxy = await startProxy(prefect.url);
//   const on = await installOn({ ...prefect.environment, TRIBUTARY_API_URL: proxy.url }, files);
//   proxy.fault = ({ path }) => (path.endsWith('/set_state') ? { status: 502 } : undefined);
//   proxy.fault = () => 'silence';               // never answers; the requests end when another fault is set
//   proxy.fault = () => 'lost answer';           // the server gets the request, its answer is lost
//   proxy.requests                               // all requests so far, the oldest first
import { createServer, type IncomingMessage, request as send, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface Asked {
  readonly method: string;
  /** the path below the API's base, with its query: `/flow_runs/filter` */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** performance.now() when the request came */
  readonly at: number;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export type Fault = 'silence' | 'reset' | 'lost answer' | (Partial<Answered> & { readonly status: number });

export interface Proxy {
  /** the API's base URL, which ends with the given path @default /api */
  readonly url: string;
  readonly requests: readonly Asked[];
  /** returns the fault of a request; undefined lets the request pass, and a promise delays it */
  fault: (asked: Asked) => Fault | undefined | Promise<undefined>;
  /** changes the server's answer for the client */
  edit: (answer: Answered, asked: Asked) => Answered;
  close(): Promise<void>;
}

/** Starts a proxy. @param path the path of the proxy's API, if it differs from the server's */
export async function startProxy(target: string, path = '/api'): Promise<Proxy> {
  const requests: Asked[] = [];
  const silent = new Set<() => void>();
  const server = createServer((incoming, outgoing) => void serve(incoming, outgoing).catch(() => outgoing.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  let fault: Proxy['fault'] = () => undefined;
  const proxy: Proxy = {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}${path}`,
    requests,
    get fault() {
      return fault;
    },
    set fault(next) {
      fault = next;
      for (const end of silent) end();
      silent.clear();
    },
    edit: (answer) => answer,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return proxy;

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url = '', headers } = incoming;
    const body = await buffer(incoming);
    const asked = { method, path: url.slice(path.length), headers, body: body.toString(), at: performance.now() };
    if (!url.startsWith(`${path}/`)) return reply(outgoing, { status: 404, body: '{"detail":"Not Found"}' });
    requests.push(asked);
    const what = await fault(asked);
    if (what === 'silence') return void silent.add(() => outgoing.destroy());
    if (what === 'reset') return void outgoing.destroy();
    if (typeof what === 'object') return reply(outgoing, what);
    const answered = await pass(asked, body);
    if (what === 'lost answer') return void outgoing.destroy();
    reply(outgoing, proxy.edit(answered, asked));
  }

  function pass({ method, path: rest, headers }: Asked, body: Buffer): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const { host: _, connection: __, ...kept } = headers;
      const sent = send(`${target}${rest}`, { method, headers: { ...kept, connection: 'close' } }, (back) => {
        buffer(back).then((text) => resolve({ status: back.statusCode ?? 0, headers: back.headers, body: text.toString() }), reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

const ofTheConnection = /^(content-length|transfer-encoding|connection|keep-alive)$/;

function reply(outgoing: ServerResponse, { status, headers = {}, body = '' }: Partial<Answered> & { readonly status: number }): void {
  const kept = Object.entries(headers).filter(([name, value]) => value !== undefined && !ofTheConnection.test(name));
  outgoing.writeHead(status, { 'content-type': 'application/json', ...Object.fromEntries(kept) });
  outgoing.end(status === 204 ? undefined : body);
}
