import { cpSync, existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { FlowRunId } from '@tributary/contract';
import { isTerminal } from '@tributary/contract/nouns/state';
import type { Connection } from '@tributary/postgres';

import { openSession, query } from '../../../tools/postgres/test-support/on-postgres.ts';
import { eventually } from '../eventually.ts';
import type { Installation } from '../installation.ts';
import { repository } from '../workspace.ts';
import { type FaultBranch, pushFaultBranches, waitingPlaces } from './fault-branches.ts';
import { holdFiles } from './held-files.ts';
import { type Shop, type ShopParameters, startShop } from './start-shop.ts';

/** The files of ints/jaffle_shop, for a workspace. */
export const jaffleShopFiles: Readonly<Record<string, string>> = Object.fromEntries(
  globSync('ints/jaffle_shop/**/*.{ts,yml}', { cwd: repository, exclude: ['**/*.test.ts', '**/*.gen.ts'] }).map((path) => [
    path,
    readFileSync(join(repository, path), 'utf8'),
  ]),
);

/** Where a run waits until the test lets it go on. */
export type Place = 'copy' | 'checkout' | keyof typeof waitingPlaces;

interface Held {
  /** waits until the run is there @returns what waits: the processes of Postgres, or the number of requests */
  reached(id: FlowRunId): Promise<unknown[]>;
  release(): Promise<void>;
}

/** A run's own database, with tables that count their loads. */
interface ShopCase {
  readonly parameters: ShopParameters;
  query(statement: string): Promise<unknown[][]>;
  /** makes runs wait at this place */
  hold(place: Place): Promise<Held>;
  /** how many times each raw table was loaded */
  loads(): Promise<Record<string, number>>;
  /** the sessions of others than the test in this database */
  sessions(): Promise<unknown[][]>;
}

/** A shop on an installation. Its cases share one Postgres, so that they can run side by side. */
export interface ShopCases {
  readonly shop: Shop;
  /** what stands in the worker's folders for checkouts of a run */
  checkouts(id: FlowRunId): string[];
  /** stores the secrets, and deploys ints/jaffle_shop */
  deployTo(on: Installation): Promise<void>;
  open(on: Installation, name: string, branch?: FaultBranch | 'main'): Promise<ShopCase>;
  close(): Promise<void>;
}

/** How many seconds a run may take to its end, or to the place where it waits. On a busy machine, dbt takes 20 s to begin. */
export const patience = 150;

/** The sessions of the test itself. */
const own = 'the test';

export async function openShopCases(): Promise<ShopCases> {
  const shop = await startShop();
  const files = await holdFiles(shop.files);
  const { remote } = shop;
  pushFaultBranches(remote.folder);
  /** The open requests to each repository whose requests are held, by its path. */
  const requests = new Map<string, Set<() => void>>();
  remote.server.setFault(({ path }, response, serve) => {
    const open = requests.get(path.split('/').slice(1, 3).join('/'));
    if (!open) return serve();
    open.add(serve);
    response.once('close', () => open.delete(serve));
  });

  async function openCase(on: Installation, name: string, branch: FaultBranch | 'main'): Promise<ShopCase> {
    const connection: Connection = { ...shop.connection, database: name };
    await query(shop.connection, `CREATE DATABASE ${name}`);
    await query(connection, countedTables);
    const ask = (statement: string) => query(connection, statement);
    const repositoryOfCase = `dbt-labs/${name}.git`;
    cpSync(remote.folder, join(dirname(remote.folder), `${name}.git`), { recursive: true });
    const parameters = {
      ...shop.parameters,
      database: name,
      baseUrl: files.urlOf(name),
      dbtRepoUrl: `${remote.server.url}/${repositoryOfCase}`,
      dbtRepoBranch: branch,
    };
    /** Waits until something is there. @throws at once if the run ends before */
    const until = (id: FlowRunId, look: () => unknown[] | Promise<unknown[]>, enough: number) =>
      eventually(
        async () => {
          const { state } = await on.read(id);
          if (state && isTerminal(state.type)) throw new Error(`The run ended too early, as ${state.name}: ${state.message}`);
          return look();
        },
        (found) => found.length >= enough,
        patience,
      );
    const holds = {
      async copy() {
        const release = files.hold(name);
        const copies = `SELECT pid FROM pg_stat_activity WHERE datname = '${name}' AND query LIKE 'COPY%' AND state = 'active' ORDER BY pid`;
        return { release: async () => release(), reached: (id: FlowRunId) => until(id, () => ask(copies), 3) };
      },
      async checkout() {
        const open = new Set<() => void>();
        requests.set(repositoryOfCase, open);
        return {
          reached: (id: FlowRunId) => until(id, () => [...open], 1),
          async release() {
            requests.delete(repositoryOfCase);
            for (const serve of open) serve();
          },
        };
      },
    };
    return {
      parameters,
      query: ask,
      async hold(place) {
        if (place === 'copy' || place === 'checkout') return holds[place]();
        const client = await openSession({ ...connection });
        await client.query(`SET application_name = '${own}'; SELECT pg_advisory_lock(${waitingPlaces[place]})`);
        const waiting = `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = ${waitingPlaces[place]} AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = '${name}')`;
        return { release: () => client.end(), reached: (id) => until(id, () => ask(waiting), 1) };
      },
      async loads() {
        const rows = await ask('SELECT name, count(*)::int FROM loads GROUP BY name ORDER BY name');
        return Object.fromEntries(rows.map(([table, count]) => [String(table), Number(count)]));
      },
      sessions: () =>
        ask(
          `SELECT application_name, state, query FROM pg_stat_activity WHERE datname = '${name}' AND application_name <> '${own}' AND pid <> pg_backend_pid()`,
        ),
    };
  }

  return {
    shop,
    checkouts: (id) =>
      ['checkouts', 'work'].flatMap((folder) => {
        const path = join(remote.store, folder);
        return existsSync(path) ? readdirSync(path).filter((entry) => entry.includes(id)) : [];
      }),
    async deployTo(on) {
      for (const [name, value] of Object.entries(shop.secrets)) await on.command(['secret', 'set', name], { input: value }).ended;
      await on.deploy('jaffle_shop');
    },
    open: (on, name, branch = 'main') => openCase(on, name, branch),
    async close() {
      await files.close();
      await shop.close();
    },
  };
}

/** The raw tables as 01_extract_load declares them. A COPY that commits leaves a row in `loads`. */
const countedTables = `
CREATE TABLE loads (name text NOT NULL);
CREATE FUNCTION count_load() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.loads VALUES (TG_TABLE_NAME); RETURN NULL; END $$;
CREATE SCHEMA jaffle_shop;
CREATE TABLE jaffle_shop.raw_customers (id integer, first_name text, last_name text);
CREATE TABLE jaffle_shop.raw_orders (id integer, user_id integer, order_date date, status text);
CREATE TABLE jaffle_shop.raw_payments (id integer, order_id integer, payment_method text, amount integer);
CREATE TRIGGER count_load AFTER INSERT ON jaffle_shop.raw_customers EXECUTE FUNCTION count_load();
CREATE TRIGGER count_load AFTER INSERT ON jaffle_shop.raw_orders EXECUTE FUNCTION count_load();
CREATE TRIGGER count_load AFTER INSERT ON jaffle_shop.raw_payments EXECUTE FUNCTION count_load();
`;
