import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { TributaryError } from '@tributary/contract/error';

import { freePort } from './free-port.ts';
import { type PreparedCluster, prepareCluster } from './prepare-cluster.ts';

export interface ClusterOptions {
  /** where the data is, and the password's file; created if it is missing */
  readonly folder: string;
  /** the name of the database's user */
  readonly user: string;
  /** @default a free one */
  readonly port?: number;
  /** false for data that nobody needs after a power failure, which is faster */
  readonly durable: boolean;
  /** takes the lines of Postgres' own log */
  readonly onLine?: (line: string) => void;
}

/** A running Postgres on loopback, with the database `postgres`. It ends with the process that started it. */
export interface Cluster {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly database: 'postgres';
  readonly user: string;
  /** a file of mode 600 with the password, without a line break */
  readonly passwordFile: string;
  /** resolves when Postgres has ended, for any reason */
  readonly ended: Promise<void>;
  /** ends sessions, and resolves when everything is on disk */
  stop(): Promise<void>;
}

/**
 * Starts a Postgres. It accepts connections when this resolves.
 * @throws `misuse` if Postgres isn't installed; `conflict` if the port is taken, or if a Postgres already runs on the folder; `storage` for
 * a folder that can't be used, such as one of another version of Postgres
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { folder, user, onLine = () => undefined } = options;
  const prepared = await prepareCluster(folder, user);
  const port = options.port ?? (await freePort());
  const child = serve(prepared, [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    ...(options.durable ? [] : ['fsync=off']),
  ]);
  const ended = once(child, 'close').then(() => undefined);
  const printed = await readUntilReady(child, onLine);
  if (printed !== undefined) throw refusal(printed, prepared, port);
  return {
    host: '127.0.0.1',
    port,
    database: 'postgres',
    user,
    passwordFile: prepared.passwordFile,
    ended,
    async stop() {
      child.stdin?.end();
      await ended;
    },
  };
}

function serve({ bin, data, runAs }: PreparedCluster, settings: readonly string[]): ChildProcess {
  const ids = runAs ? [String(runAs.uid), String(runAs.gid)] : ['', ''];
  const child = spawn(process.execPath, [join(import.meta.dirname, 'serve.ts'), join(bin, 'postgres'), data, ...ids, ...settings], {
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['pipe', 'pipe', 'pipe'],
    // Ctrl-C reaches a whole group. This process alone decides when Postgres ends.
    detached: true,
  });
  child.stdin.on('error', () => undefined);
  return child;
}

/** Passes on lines for as long as Postgres runs. @returns undefined when Postgres is ready; if it ends before, what it printed */
function readUntilReady(child: ChildProcess, onLine: (line: string) => void): Promise<string | undefined> {
  return new Promise((resolve) => {
    const lines: string[] = [];
    let ready = false;
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream?.setEncoding('utf8').on('data', (text: string) => {
        const whole = (rest + text).split('\n');
        rest = whole.pop() ?? '';
        for (const line of whole) {
          if (ready) onLine(line);
          else lines.push(line);
          if (line.includes('database system is ready to accept connections')) {
            ready = true;
            resolve(undefined);
          }
        }
      });
    }
    child.once('close', () => resolve(lines.join('\n')));
  });
}

function refusal(printed: string, { data }: PreparedCluster, port: number): TributaryError {
  const lockFile = join(data, 'postmaster.pid');
  if (printed.includes('lock file "postmaster.pid" already exists') && existsSync(lockFile)) {
    const [pid = '?', , , running = '?'] = readFileSync(lockFile, 'utf8').split('\n');
    return new TributaryError(
      'conflict',
      `A Postgres already runs on ${data}: process ${pid}, port ${running}. Use that one, stop it, or give another folder with --dir.`,
      { facts: { pid: Number(pid), port: Number(running) } },
    );
  }
  if (printed.includes('Address already in use'))
    return new TributaryError('conflict', `Port ${port} of 127.0.0.1 is taken by another program. Give another one with --port.`, {
      facts: { port },
    });
  if (printed.includes('database files are incompatible with server'))
    return new TributaryError(
      'storage',
      `${data} was made by another version of Postgres (${/DETAIL:\s*(.*)/.exec(printed)?.[1] ?? 'its files are incompatible'}). Dump it with that version, then remove the folder, or give another one with --dir.`,
    );
  return new TributaryError('storage', `Postgres could not start on ${data}. It printed:\n${printed}`);
}
