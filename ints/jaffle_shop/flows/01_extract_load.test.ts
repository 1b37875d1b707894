import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';

import { type Postgres, startPostgres } from '../../../test/support/postgres/server.ts';
import { repository } from '../../../test/support/workspace.ts';
import { extractLoad } from './01_extract_load.ts';

const seeds = join(repository, 'test', 'support', 'jaffle_shop', 'repository', 'seeds');

let postgres: Postgres;
let files: Server;
let asked: { readonly path: string; readonly response: ServerResponse }[];
let missing: string;
let printed: string;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  asked = [];
  missing = '';
  printed = '';
  const { user, password } = postgres.connection;
  vi.stubEnv('TRIBUTARY_SECRET_POSTGRES_USER', user);
  vi.stubEnv('TRIBUTARY_SECRET_POSTGRES_PASS', password);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  files = createServer((request, response) => {
    asked.push({ path: request.url ?? '', response });
    // No file is sent before all three are asked for, so files that are loaded one after another would never arrive.
    if (asked.length >= 3) for (const each of asked.splice(0)) send(each.path, each.response);
  }).listen(0, '127.0.0.1');
  await once(files, 'listening');
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  files.closeAllConnections();
  files.close();
  await once(files, 'close');
});

function send(path: string, response: ServerResponse): void {
  if (path === missing) response.writeHead(404).end();
  else response.end(readFileSync(join(seeds, path)));
}

function load() {
  const address = files.address();
  const baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const { host, port, database } = postgres.connection;
  return extractLoad({ baseUrl, host, port, database });
}

it('loads the three files in parallel, twice as well as once, and logs their rows', async () => {
  const rows = { raw_customers: 100, raw_orders: 99, raw_payments: 113 };
  expect(await load()).toEqual(rows);
  expect(await load()).toEqual(rows);
  for (const [name, count] of Object.entries(rows)) expect(printed).toContain(`Loaded ${count} rows into jaffle_shop.${name}.`);
  expect(printed).not.toContain(postgres.connection.password);
});

it('fails without a retry if a file is missing', async () => {
  missing = '/raw_orders.csv';
  await expect(load()).rejects.toThrow(/GET http:\S+\/raw_orders\.csv was answered 404/);
  await vi.waitFor(() => expect(printed).toContain('Loaded 100 rows into jaffle_shop.raw_customers.'), 10_000);
});
