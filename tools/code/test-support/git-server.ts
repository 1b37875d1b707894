import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the server saw it. */
interface Seen {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

/** What the server does instead of answering: it is asked for each request. */
type Fault = (seen: Seen, response: ServerResponse, serve: () => void) => void;

/** A real `git http-backend` behind node:http, which asks for a token. */
export interface GitServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly seen: Seen[];
  /** the number of bytes that were sent */
  sent(): number;
  setFault(fault: Fault | undefined): void;
  close(): Promise<void>;
}

/**
 * Starts a server. The system chooses its port.
 * @param root the folder with bare repositories
 * @param token undefined lets everybody read
 */
export async function startGitServer(root: string, token?: string): Promise<GitServer> {
  const seen: Seen[] = [];
  let fault: Fault | undefined;
  let bytes = 0;
  const expected = token && `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  const server = createServer((request, response) => {
    const one = { method: request.method ?? '', path: request.url ?? '', authorization: request.headers.authorization };
    seen.push(one);
    const write = response.write.bind(response);
    Object.assign(response, {
      write: (chunk: Buffer): boolean => {
        bytes += chunk.length;
        return write(chunk);
      },
    });
    const serve = (): void => {
      if (expected && one.authorization !== expected) response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end();
      else void runBackend(root, request, response);
    };
    if (fault) fault(one, response, serve);
    else serve();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    seen,
    sent: () => bytes,
    setFault: (other) => void (fault = other),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address ? address.port : 0;
}

/** Runs git's CGI program, and passes on its answer. */
function runBackend(root: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn('git', ['-c', 'safe.directory=*', 'http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(child.stdin);
  child.stdin.on('error', () => undefined);
  let head = Buffer.alloc(0);
  let isBody = false;
  child.stdout.on('data', (chunk: Buffer) => {
    if (isBody) {
      response.write(chunk);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    isBody = true;
    const lines = head.toString('latin1', 0, end).split('\r\n');
    const headers = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const);
    const status = Number.parseInt(headers.find(([name]) => name === 'Status')?.[1] ?? '200', 10);
    response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== 'Status')));
    if (end + 4 < head.length) response.write(head.subarray(end + 4));
  });
  child.once('close', () => response.end());
  response.once('close', () => child.kill());
}
