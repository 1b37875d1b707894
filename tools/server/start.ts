import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import { join, resolve } from 'node:path';
import type { Duplex } from 'node:stream';

import { getRequestListener } from '@hono/node-server';
import { TributaryError } from '@tributary/contract';
import { homeFiles, type ServerFile } from '@tributary/contract/server-file';

import { createApp } from './api/app.ts';
import { createSlotWaits } from './api/concurrency/slot-waits.ts';
import { isLoopback } from './api/request/guard.ts';
import { listen } from './listen.ts';
import { type ServiceIntervals, startServices } from './services/start-services.ts';
import { openStore } from './store/database/open.ts';
import { createReader } from './store/reader/reader.ts';
import { createSecrets } from './store/settings/secrets.ts';
import { writePrivate } from './store/database/write-private.ts';

export interface ServerOptions {
  /** the folder of database, key and server.json, usually `.tributary` beside nx.json */
  readonly home: string;
  /**
   * The address to listen on. An address that other machines can reach needs an auth string.
   * @default 127.0.0.1
   */
  readonly host?: string;
  /**
   * The port; 0 for any free one.
   * @default 4200, or the next free port
   */
  readonly port?: number;
  /** `user:password`, which clients have to send */
  readonly authString?: string;
  /** milliseconds between two turns of each service */
  readonly services?: Partial<ServiceIntervals>;
  /** the most pages of 4 kB that the database may have */
  readonly maximumPages?: number;
  /** logs a line for the person who runs the server */
  readonly log?: (line: string) => void;
}

export interface RunningServer {
  /** the URL of the API, which ends in `/api` */
  readonly url: string;
  /** the id of this server process, sent as `Tributary-Boot` */
  readonly boot: string;
  /** answers the waiting requests, writes what was accepted, and closes the database */
  close(): Promise<void>;
}

/** Longer than Tributary's clients wait between two requests, so that they can reuse their connection. */
const keepAliveMs = 65_000;
/** How long open requests may take once the server closes. */
const closeMs = 5000;

/**
 * Starts the embedded engine: the REST API over SQLite, and the services behind it.
 * @throws conflict if the port is in use, or another server uses the database; storage if the folder or the database can't be used; misuse
 * if the host or the port can't be used, or the host needs an auth string
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host = '127.0.0.1', authString, log = () => {} } = options;
  const home = resolve(options.home);
  const loopback = isLoopback(host);
  if (!loopback && !authString)
    throw new TributaryError(
      'misuse',
      `Listening on ${host} opens the server to other machines, so it needs an auth string. Set TRIBUTARY_API_AUTH_STRING to user:password, or leave out --host.`,
    );
  const boot = randomUUID();
  const store = openStore(home, options.maximumPages === undefined ? {} : { maximumPages: options.maximumPages });
  const reader = createReader(store.path);
  const app = createApp(
    { store, reader, secrets: createSecrets(home), slotWaits: createSlotWaits(), boot, version: readVersion(), log },
    { authString, loopback },
  );
  const http = createServer(getRequestListener(app.fetch, { hostname: host }));
  http.keepAliveTimeout = keepAliveMs;
  http.headersTimeout = keepAliveMs + 1000;
  http.on('upgrade', refuseSocket);
  let port: number;
  try {
    port = await listen(http, host, options.port);
    const file: ServerFile = { url: urlOf(host, port), pid: process.pid, boot };
    writePrivate(join(home, homeFiles.server), `${JSON.stringify(file)}\n`);
  } catch (error) {
    http.close();
    store.close();
    throw error;
  }
  const services = startServices({ write: store.write, log }, options.services);
  store.waiters.listen('schedules', services.schedule);
  let closing: Promise<void> | undefined;
  return {
    url: urlOf(host, port),
    boot,
    close: () => {
      closing ??= (async () => {
        store.waiters.close();
        await Promise.all([closeHttp(http), services.stop()]);
        await reader.close();
        store.close();
        removeServerFile(home, boot);
      })();
      return closing;
    },
  };
}

/** Refuses web sockets at once, so that Prefect's clients use REST instead. */
function refuseSocket(_request: unknown, socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
}

function closeHttp(http: HttpServer): Promise<void> {
  return new Promise((done) => {
    const late = setTimeout(() => http.closeAllConnections(), closeMs);
    // A kept-alive connection is closed once its request is answered.
    const idle = setInterval(() => http.closeIdleConnections(), 10);
    http.close(() => {
      clearTimeout(late);
      clearInterval(idle);
      done();
    });
  });
}

function urlOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}/api`;
}

function removeServerFile(home: string, boot: string): void {
  const path = join(home, homeFiles.server);
  try {
    if (readFileSync(path, 'utf8').includes(boot)) rmSync(path);
  } catch {
    // The file or the whole folder was deleted already.
  }
}

function readVersion(): string {
  const manifest: { version?: unknown } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));
  return String(manifest.version);
}
