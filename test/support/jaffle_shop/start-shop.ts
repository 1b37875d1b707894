// What the flows of ints/jaffle_shop need: a Postgres, the raw files over HTTP, and dbt's repository on a Git server that asks for a token.
//
//   const shop = await startShop();                      // about 1 s
//   await on.command(['secret', 'set', name], { input }); // for each of shop.secrets
//   await on.trigger('04_orchestrating_flow/jaffle_shop', shop.parameters);
//   shop.files['raw_orders.csv'] = 'id,user_id\n';       // a wrong file; `${shop.parameters.baseUrl}/404` answers 404
//   shop.push({ 'models/customers.sql': 'selct 1' });    // a wrong model
//   await shop.close();
//
// `node test/support/jaffle_shop/start-shop.ts` starts the files and the repository, without a token, until SIGTERM or Ctrl-C.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import type { Connection } from '@tributary/postgres';

import { serveRawFiles } from '../../../tools/postgres/test-support/raw-files.ts';
import { gitIn } from '../git.ts';
import { startPostgres } from '../postgres/server.ts';
import { createRemote, type Remote } from '../remote.ts';

export interface Shop {
  readonly connection: Connection;
  /** the raw files by name, such as raw_orders.csv; a changed text is served from then on */
  readonly files: Record<string, string>;
  readonly remote: Remote;
  /** the values of the secrets by name: postgres-user, postgres-pass and jaffle-shop-token */
  readonly secrets: Readonly<Record<string, string>>;
  /** the parameters of 04_orchestrating_flow, of which each child takes its part */
  readonly parameters: ShopParameters;
  /** writes files into dbt's repository, commits and pushes @returns the commit */
  push(files: Readonly<Record<string, string>>): string;
  /** ends what `startShop` has started, and removes its folders */
  close(): Promise<void>;
}

export interface ShopParameters {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly baseUrl: string;
  readonly dbtRepoUrl: string;
  readonly dbtRepoBranch: string;
  /** the name of the secret with the token */
  readonly dbtRepoToken: string;
}

export interface ShopOptions {
  /** a Postgres that is already running @default a new one */
  readonly connection?: Connection;
  /** the folder for temporary folders @default the system's temporary folder */
  readonly within?: string;
}

const fixture = join(import.meta.dirname, 'repository');
/** the repository's path in its URL */
const path = 'dbt-labs/jaffle_shop.git';

export async function startShop({ connection: given, within = tmpdir() }: ShopOptions = {}): Promise<Shop> {
  const started: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (let stop = started.pop(); stop; stop = started.pop()) await stop();
  };
  try {
    const connection = given ?? (await startOwnPostgres(started));
    const files = readSeeds();
    const raw = await serveRawFiles(files);
    started.push(() => raw.close());
    const token = crypto.randomUUID();
    const remote = await createRemote(token, { path, within });
    started.push(() => remote.close());
    const push = fill(remote);
    const { host, port, database, user, password } = connection;
    const dbt = { dbtRepoUrl: remote.url, dbtRepoBranch: 'main', dbtRepoToken: 'jaffle-shop-token' };
    return {
      connection,
      files,
      remote,
      secrets: { 'postgres-user': user, 'postgres-pass': password, [dbt.dbtRepoToken]: token },
      parameters: { host, port, database, baseUrl: raw.url, ...dbt },
      push,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startOwnPostgres(started: (() => Promise<unknown>)[]): Promise<Connection> {
  const postgres = await startPostgres();
  started.push(() => postgres.stop());
  return postgres.connection;
}

function readSeeds(): Record<string, string> {
  const folder = join(fixture, 'seeds');
  const names = readdirSync(folder).filter((name) => name.endsWith('.csv'));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** Pushes the fixture as the repository's first commit. @returns the function that pushes further ones */
function fill({ folder, workTree }: Remote): Shop['push'] {
  const git = (...args: readonly string[]) => gitIn(workTree, '--git-dir', folder, '--work-tree', workTree, ...args);
  const push: Shop['push'] = (files) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(workTree, name)), { recursive: true });
      writeFileSync(join(workTree, name), text);
    }
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '--message', 'Change');
    return git('rev-parse', 'HEAD');
  };
  cpSync(fixture, workTree, { recursive: true });
  push({});
  return push;
}

if (import.meta.main) {
  const raw = await serveRawFiles(readSeeds());
  const remote = await createRemote(undefined, { path });
  fill(remote);
  console.log(`baseUrl=${raw.url}\ndbtRepoUrl=${remote.url}`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void Promise.all([raw.close(), remote.close()]));
}
