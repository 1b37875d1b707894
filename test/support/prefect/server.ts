// A real Prefect server for tests and the demo, from `.venv-prefect` (which `npm run test:prefect` installs). Start one per test file:
//
//   const prefect = await startPrefect();                        // 5 s, a free port, SQLite and a PREFECT_HOME of its own
//   // The very first server takes 10 to 20 s. It keeps its migrated database for later servers.
//   const secured = await startPrefect({ authString: 'admin:pass', csrf: true, env: { PREFECT_LOGGING_LEVEL: 'DEBUG' } });
//   prefect.url                                                  // http://127.0.0.1:40123/api
//   prefect.environment                                          // TRIBUTARY_API_URL (and the credential) for our own commands
//   await prefect.command(['deployment', 'ls']).ended;           // Prefect's own CLI on it: { code, stdout, stderr }
//   await prefect.restart();                                     // on the same port and database, however it ended
//   prefect.kill('SIGKILL'); prefect.kill('SIGSTOP');            // to the whole process group; SIGCONT ends SIGSTOP
//   await prefect.stop();                                        // in afterAll; removes its home if startPrefect created it
//
// `installOnPrefect(prefect, files)` in installation.ts gives a workspace, a worker and our commands on it.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { TributaryError } from '@tributary/contract';

import { type Running, start, type StartOptions } from '../process.ts';
import { repository } from '../workspace.ts';
import { copyMigrated, keepMigrated } from './migrated-database.ts';

export interface PrefectOptions {
  /** further environment variables for the server and for its commands */
  readonly env?: Readonly<Record<string, string>>;
  /** PREFECT_HOME, which is created if missing, and kept by `stop` @default a temporary folder, which `stop` removes */
  readonly home?: string;
  /** @default a free port */
  readonly port?: number;
  /** the credential that the API requires, as `user:password` */
  readonly authString?: string;
  /** turns CSRF protection on: requests that change something need a token */
  readonly csrf?: boolean;
  /** the database to use instead of SQLite in the home, such as postgresql+asyncpg://user@127.0.0.1:5432/prefect */
  readonly databaseUrl?: string;
  /** aborts the start */
  readonly signal?: AbortSignal;
}

export interface Prefect {
  /** ends in `/api` */
  readonly url: string;
  readonly home: string;
  readonly port: number;
  /** the environment variables with which our commands and workers find the server */
  readonly environment: Readonly<Record<string, string>>;
  /** the server's process; another one after `restart` */
  readonly running: Running;
  /** runs the `prefect` command with this server */
  command(args: readonly string[], options?: StartOptions): Running;
  /** runs Python, such as with `['-c', program]`; Prefect's client in it uses this server */
  python(args: readonly string[], options?: StartOptions): Running;
  /** sends a signal to the server's whole process group */
  kill(signal: NodeJS.Signals): void;
  /** ends the server if it is still running, and starts it again */
  restart(): Promise<void>;
  /** sends SIGTERM, and SIGKILL after five seconds */
  stop(): Promise<void>;
}

const bin = join(repository, '.venv-prefect', 'bin');
const startSeconds = 180;

/** Starts a Prefect server, and waits until it is ready. @throws TributaryError if the venv is missing, or the server doesn't start */
export async function startPrefect(options: PrefectOptions = {}): Promise<Prefect> {
  if (!existsSync(join(bin, 'prefect')))
    throw new TributaryError('misuse', 'Prefect is not installed in .venv-prefect. Install it with: node setup.mjs --prefect');
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'tributary-prefect-'));
  mkdirSync(home, { recursive: true });
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}/api`;
  const env = environmentOf(options, home, port);
  const isNew = options.databaseUrl === undefined && !existsSync(join(home, 'prefect.db'));
  if (isNew) copyMigrated(home);
  const removeHome = () => options.home ?? rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });

  const begin = async (): Promise<Running> => {
    const running = start(join(bin, 'python'), [join(import.meta.dirname, 'serve.py'), 'server', 'start'], { env, holdInput: true });
    try {
      await ready(url, running, options.signal);
      return running;
    } catch (error) {
      await end(running);
      throw error;
    }
  };

  const client = (program: string, args: readonly string[], more: StartOptions) =>
    start(join(bin, program), args, { cwd: home, ...more, env: { ...env, PREFECT_API_URL: url, ...more.env } });

  let running: Running;
  try {
    running = await begin();
    if (isNew) keepMigrated(home);
  } catch (error) {
    removeHome();
    throw error;
  }
  const { authString } = options;
  return {
    url,
    home,
    port,
    environment: { TRIBUTARY_API_URL: url, ...(authString === undefined ? {} : { PREFECT_API_AUTH_STRING: authString }) },
    get running() {
      return running;
    },
    command: (args, more = {}) => client('prefect', args, more),
    python: (args, more = {}) => client('python', args, more),
    kill: (signal) => signalGroup(running.pid, signal),
    async restart() {
      await end(running);
      running = await begin();
    },
    async stop() {
      await end(running);
      removeHome();
    },
  };
}

function environmentOf(options: PrefectOptions, home: string, port: number): Record<string, string> {
  const { authString, csrf, databaseUrl } = options;
  return {
    PREFECT_HOME: home,
    PREFECT_SERVER_API_HOST: '127.0.0.1',
    PREFECT_SERVER_API_PORT: String(port),
    // The UI's pages send their requests to this address.
    PREFECT_UI_API_URL: `http://127.0.0.1:${port}/api`,
    PREFECT_SERVER_ANALYTICS_ENABLED: 'false',
    PREFECT_CLI_PROMPT: 'false',
    PREFECT_CLI_COLORS: 'false',
    DO_NOT_TRACK: '1',
    PYTHONUNBUFFERED: '1',
    // The folder's sitecustomize.py turns Python's garbage collector off, and explains why.
    PYTHONPATH: join(import.meta.dirname, 'without-pauses'),
    ...(authString === undefined ? {} : { PREFECT_SERVER_API_AUTH_STRING: authString, PREFECT_API_AUTH_STRING: authString }),
    ...(csrf ? { PREFECT_SERVER_CSRF_PROTECTION_ENABLED: 'true' } : {}),
    ...(databaseUrl === undefined ? {} : { PREFECT_SERVER_DATABASE_CONNECTION_URL: databaseUrl }),
    ...options.env,
  };
}

async function ready(url: string, running: Running, signal: AbortSignal | undefined): Promise<void> {
  let over = false;
  void running.ended.finally(() => (over = true)).catch(() => undefined);
  for (const until = Date.now() + startSeconds * 1000; Date.now() < until; await sleep(100, undefined, { signal })) {
    if (over) throw new TributaryError('unreachable', `The Prefect server ended while it started:\n${lastLines(running)}`);
    // A server that reports that it is healthy may still be loading, and would answer slowly. So it has to report that it is ready, too.
    if ((await answers(`${url}/health`)) && (await answers(`${url}/ready`))) return;
  }
  throw new TributaryError('timeout', `The Prefect server was not ready within ${startSeconds} s:\n${lastLines(running)}`);
}

function lastLines(running: Running): string {
  return running.output().trim().split('\n').slice(-10).join('\n');
}

async function answers(url: string): Promise<boolean> {
  try {
    const { ok } = await fetch(url, { signal: AbortSignal.timeout(1000) });
    return ok;
  } catch {
    return false;
  }
}

async function end(running: Running): Promise<void> {
  signalGroup(running.pid, 'SIGCONT');
  signalGroup(running.pid, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(running.pid, 'SIGKILL'), 5000);
  await running.ended;
  clearTimeout(timer);
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The process group has ended already.
  }
}

/** Finds a free port. Prefect doesn't accept port 0, because it has to know its own address. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new TributaryError('internal', 'The operating system reported no free port.');
  return address.port;
}
