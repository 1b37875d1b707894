import { execFileSync } from 'node:child_process';
import { globSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Postgres, startPostgres } from '../support/postgres/server.ts';
import { descendants, type Ended, type Running, start, survivors } from '../support/process.ts';
import { repository } from '../support/workspace.ts';

const home = join(repository, '.tributary', 'demo-jaffle_shop');

function demo(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  return start(process.execPath, [join(repository, 'test', 'demo', 'demo.ts'), ...args], { cwd: repository, env });
}

describe("the demo of the jaffle shop on a user's Postgres", () => {
  let postgres: Postgres;
  let password: string;
  let url: string;
  let first: Ended;
  /** the arguments of all processes of this machine, while the first demo ran */
  const seenArguments = new Set<string>();
  let second: Ended;
  /** the processes and the folder of the second demo, when it was interrupted */
  let started: number[];
  let folders: string[];

  beforeAll(async () => {
    rmSync(home, { recursive: true, force: true });
    postgres = await startPostgres();
    const { user, host, port, database } = postgres.connection;
    ({ password } = postgres.connection);
    url = `postgres://${user}@${host}:${port}/${database}`;
    const options = ['jaffle_shop', '--postgres', url];
    const running = demo(options, { PGPASSWORD: password });
    const looking = setInterval(() => {
      for (const line of execFileSync('ps', ['-ewwo', 'args='], { encoding: 'utf8' }).split('\n')) seenArguments.add(line);
    }, 100);
    first = await running.ended;
    clearInterval(looking);
    const again = demo(options, { PGPASSWORD: password });
    await again.printed(/test \w+ {2}[\d.]+ s {2}passed/, 120_000);
    started = descendants(again.pid);
    const outside = readdirSync(tmpdir()).filter((name) => name.startsWith(`tributary-demo-${again.pid}-`));
    folders = outside.map((name) => join(tmpdir(), name));
    again.kill('SIGINT');
    second = await again.ended;
  }, 240_000);
  afterAll(() => postgres.stop());

  it('runs from nothing to the dashboards', () => {
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    expect(first.stdout).toContain('create 04_orchestrating_flow/jaffle_shop');
    for (const rows of [/raw_customers +100 rows/, /raw_orders +99 rows/, /raw_payments +113 rows/]) expect(first.stdout).toMatch(rows);
    expect(first.stdout).toContain('5 models: customers, orders, stg_customers, stg_orders, stg_payments\n  20 tests passed');
    expect(first.stdout).toMatch(/# Customers\n[^]*# Sales\n/);
    expect(first.stdout).toMatch(/04_orchestrating_flow\/\S+ +Completed +[\d.]+ s\n {2}├ 01_extract_load\/\S+ +Completed +[\d.]+ s\n/);
  });

  it('has its runs picked up by the worker of their pool only', () => {
    expect(first.stdout).toContain('dev-worker, which serves the pool "dev", picked up 4 of 4 runs');
    expect(first.stdout).toContain('other-worker, which serves the pool "other", picked up 0 of 4 runs');
  });

  it('runs again in the same database, on the views that dbt has made', () => {
    expect(second.stdout).toContain('unchanged 04_orchestrating_flow/jaffle_shop');
    for (const table of ['raw_customers', 'raw_orders', 'raw_payments'])
      expect(second.stdout).toMatch(new RegExp(`✓ extract_and_load ${table}`));
    expect(second.stdout).toMatch(/✓ model customers {2}[\d.]+ s {2}100 rows/);
  });

  it('leaves no process and no folder behind when it is interrupted while dbt tests', async () => {
    expect(second.code).toBe(130);
    expect(started.length).toBeGreaterThan(2);
    // A helper process of Python may still wait for the system to collect its exit code.
    expect(await survivors(started, 5)).toEqual([]);
    expect(folders).toHaveLength(1);
    expect(folders.filter((folder) => statSync(folder, { throwIfNoEntry: false }))).toEqual([]);
  });

  it('shows the password to nobody: not in arguments, output or files', () => {
    expect([...seenArguments].some((line) => line.includes('dbt') && line.includes('--profiles-dir'))).toBe(true);
    expect([...seenArguments].filter((line) => line.includes(password))).toEqual([]);
    expect([first, second].map(({ stdout, stderr }) => stdout + stderr).filter((text) => text.includes(password))).toEqual([]);
    const files = globSync('**', { cwd: home }).filter((file) => statSync(join(home, file)).isFile());
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter((file) => readFileSync(join(home, file)).includes(password))).toEqual([]);
  });

  it('says it in a sentence if the password is wrong', async () => {
    const { code, stdout, stderr } = await demo(['jaffle_shop', '--postgres', url], { PGPASSWORD: 'hunter2' }).ended;
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^\nThe demo failed: Postgres at \S+, database "postgres" refused user "prefect": [^\n]+ Check the user and PGPASSWORD\.\n$/,
    );
    expect(stderr).not.toContain('hunter2');
  });
});

it('says in a sentence that a Postgres is away', async () => {
  const { code, stdout, stderr } = await demo(['jaffle_shop', '--postgres', 'postgres://ann:hunter2@127.0.0.1:1/shop']).ended;
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^\nThe demo failed: No connection to Postgres at 127\.0\.0\.1:1, database "shop": ECONNREFUSED\. [^\n]+\n$/);
});

it.concurrent.each([
  [['jaffle'], 'Unknown demo "jaffle".'],
  [['jaffle_shop', 'postgres://ann:hunter2@127.0.0.1/shop'], 'Unknown argument.'],
  [['jaffle_shop', '--storage', 'git'], '--storage is an option of the main job, not of jaffle_shop.'],
  [['--postgres', 'postgres://ann:hunter2@127.0.0.1/shop'], '--postgres is an option of jaffle_shop, not of the main job.'],
  [['jaffle_shop', '--postgres', 'http://ann:hunter2@127.0.0.1/shop'], "--postgres isn't a URL such as"],
  [['jaffle_shop', '--postgres', 'postgres://ann:hunter2@127.0.0.1'], '--postgres has no database.'],
  [['jaffle_shop', '--postgres', 'postgres://ann:hunter2%@127.0.0.1/shop'], "The password in --postgres isn't encoded for a URL."],
  [['jaffle_shop', '--postgres', 'postgres://ann:hunter2@127.0.0.1/shop?sslmode=require'], 'and neither is TLS'],
  [['jaffle_shop', '--postgres', 'postgres://ann@127.0.0.1/shop'], '--postgres has no password. Set PGPASSWORD to it.'],
])('refuses %j with a sentence', async (args, sentence) => {
  const { code, stdout, stderr } = await demo(args).ended;
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr.split('\n')[0]).toContain(sentence);
  expect(stderr).not.toContain('hunter2');
});
