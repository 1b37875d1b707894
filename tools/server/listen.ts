import type { Server as HttpServer } from 'node:http';

import { TributaryError } from '@tributary/contract';

const defaultPort = 4200;
/** The number of ports to try after the default one. */
const tries = 50;

/**
 * Starts to listen.
 * @param asked the port; 0 for any free one. @default 4200, or the next free port
 * @returns the port
 * @throws conflict if the port is taken; misuse if the host isn't an address of this machine, or the port isn't allowed
 */
export async function listen(server: HttpServer, host: string, asked: number | undefined): Promise<number> {
  const first = asked ?? defaultPort;
  const last = asked === undefined ? defaultPort + tries : asked;
  for (let port = first; ; port += 1) {
    const failure = await tryPort(server, host, port);
    if (!failure) return portOf(server);
    if (failure.code === 'EADDRINUSE' && port < last) continue;
    throw listenFailure(failure, host, port);
  }
}

function tryPort(server: HttpServer, host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      server.off('listening', listening);
      resolve(error);
    };
    const listening = (): void => {
      server.off('error', failed);
      resolve(undefined);
    };
    server.once('error', failed);
    server.once('listening', listening);
    server.listen({ host, port });
  });
}

function portOf(server: HttpServer): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

function listenFailure(cause: NodeJS.ErrnoException, host: string, port: number): TributaryError {
  switch (cause.code) {
    case 'EADDRINUSE':
      return new TributaryError(
        'conflict',
        `Port ${port} of ${host} is taken by another program. Choose another port with --port, or stop that program.`,
        {
          cause,
          facts: { port },
        },
      );
    case 'EACCES':
      return new TributaryError('misuse', `The server isn't allowed to use port ${port}. Choose one above 1023 with --port.`, {
        cause,
      });
    default:
      return new TributaryError(
        'misuse',
        `The server can't listen on ${host}, port ${port}: ${cause.message}. Choose an address of this machine with --host.`,
        { cause },
      );
  }
}
