import type { FlowRunId } from '@tributary/contract';
import { isTerminal } from '@tributary/contract/nouns/state';

import { keepSession, query } from '../../../tools/postgres/test-support/on-postgres.ts';
import { eventually } from '../eventually.ts';
import type { Installation } from '../installation.ts';
import { waitingPlaces } from './fault-branches.ts';
import type { HeldFiles } from './held-files.ts';
import type { HeldRepository } from './held-repository.ts';
import type { Shop, ShopParameters } from './start-shop.ts';

/** How many seconds a run may take to its end, or to the place where it waits. On a busy machine, dbt takes 20 s to begin. */
export const patience = 150;

/** Where a run waits until the test lets it go on. */
export type Place = 'copy' | 'checkout' | keyof typeof waitingPlaces;

interface Held {
  /**
   * Waits until the run is there.
   * @param earlier what waited there in earlier attempts of the run
   * @returns what waits: pids of Postgres, or requests
   * @throws at once if the run ends before
   */
  reached(id: FlowRunId, earlier?: readonly unknown[]): Promise<unknown[]>;
  release(): Promise<void>;
}

/** A database of its own, with raw tables that count their loads. */
export interface ShopCase {
  readonly parameters: ShopParameters;
  query(statement: string): Promise<unknown[][]>;
  /** makes runs wait at this place */
  hold(place: Place): Promise<Held>;
  /** how many times each raw table was loaded */
  loads(): Promise<Record<string, number>>;
  /** the sessions in this database, except the test's own */
  sessions(): Promise<unknown[][]>;
}

interface Parts {
  readonly on: Installation;
  readonly shop: Shop;
  readonly files: HeldFiles;
  readonly repository: HeldRepository;
  readonly branch: string;
}

/** @param name of the case's database, files and repository */
export async function openShopCase(name: string, { on, shop, files, repository, branch }: Parts): Promise<ShopCase> {
  const connection = { ...shop.connection, database: name };
  await query(shop.connection, `CREATE DATABASE ${name}`);
  // A case asks several times a second. A new session takes 11 ms of a core, and a question on an open one less than 1 ms.
  const ask = keepSession(connection);
  await ask(countedTables);
  const pids = async (statement: string) => (await ask(statement)).flat();
  const holdAt = (look: () => unknown[] | Promise<unknown[]>, enough: number, release: () => void | Promise<void>): Held => ({
    reached: (id, earlier = []) =>
      eventually(
        async () => {
          const { state } = await on.read(id);
          if (state && isTerminal(state.type)) throw new Error(`The run ended too early, as ${state.name}: ${state.message}`);
          return (await look()).filter((one) => !earlier.includes(one));
        },
        (found) => found.length >= enough,
        patience,
      ),
    release: async () => release(),
  });
  return {
    parameters: { ...shop.parameters, database: name, baseUrl: files.urlOf(name), dbtRepoUrl: repository.url, dbtRepoBranch: branch },
    query: ask,
    async hold(place) {
      if (place === 'copy') return holdAt(() => pids(copies), 3, files.hold(name));
      if (place === 'checkout') {
        const release = repository.hold();
        return holdAt(repository.waiting, 1, release);
      }
      const key = waitingPlaces[place];
      await ask(`SELECT pg_advisory_lock(${key})`);
      return holdAt(
        () => pids(lockWaits(key)),
        1,
        async () => void (await ask(`SELECT pg_advisory_unlock(${key})`)),
      );
    },
    async loads() {
      const rows = await ask('SELECT name, count(*)::int FROM loads GROUP BY name ORDER BY name');
      return Object.fromEntries(rows.map(([table, count]) => [String(table), Number(count)]));
    },
    sessions: () => ask(sessions),
  };
}

/** Of the database that is asked. */
const others = 'datname = current_database() AND pid <> pg_backend_pid()';
const copies = `SELECT pid FROM pg_stat_activity WHERE ${others} AND query LIKE 'COPY%' AND state = 'active' ORDER BY pid`;
const sessions = `SELECT application_name, state, query FROM pg_stat_activity WHERE ${others}`;
const lockWaits = (key: number) => `
SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database
WHERE datname = current_database() AND locktype = 'advisory' AND objid = ${key} AND NOT granted ORDER BY pid`;

/** The raw tables as 01_extract_load declares them. Each COPY that is committed leaves a row in `loads`. */
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
