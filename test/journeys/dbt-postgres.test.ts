import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { install, type Installation } from '../support/installation.ts';
import { type Postgres, startPostgres } from '../support/postgres/server.ts';
import { start } from '../support/process.ts';
import { repository } from '../support/workspace.ts';

const files = ({ port }: URL) => ({
  'ints/shop/deployments.ts': `import { deployFactory } from '@tributary/flow';
import { transform } from './flows/transform.ts';
export const deployment = deployFactory({ name: 'shop', flow: transform });
`,
  'ints/shop/flows/transform.ts': `import { dbt } from '@tributary/dbt';
import { flow, secret } from '@tributary/flow';
import { z } from 'zod';
export const transform = flow({ name: 'transform', parameters: z.object({ select: z.string() }) }, async ({ select }) => {
  await dbt({ projectDir: '.', env: { DBT_ENV_SECRET_PG: await secret('pg') } }).build({ select });
});
`,
  'ints/shop/dbt_project.yml': 'name: shop\nprofile: shop\nmodels: {+materialized: table}\n',
  'ints/shop/profiles.yml': `shop: {target: dev, outputs: {dev: {type: postgres, host: 127.0.0.1, port: ${port}, user: prefect, dbname: postgres, schema: shop, password: "{{ env_var('DBT_ENV_SECRET_PG') }}", threads: 2}}}\n`,
  'ints/shop/seeds/fruits.csv': 'name,colour\napple,red\npear,green\nplum,blue\n',
  'ints/shop/models/bright.sql': "select * from {{ ref('fruits') }} where colour <> 'blue'\n",
  'ints/shop/models/schema.yml': 'models: [{name: bright, columns: [{name: name, data_tests: [unique]}]}]\n',
  'ints/shop/models/slow.sql': 'select 1 as n from (select pg_sleep(300)) as nap\n',
});

describe('dbt on Postgres', { timeout: 120_000 }, () => {
  let postgres: Postgres;
  let on: Installation;

  beforeAll(async () => {
    postgres = await startPostgres();
    const url = new URL(postgres.url);
    on = await install(files(url));
    await on.command(['secret', 'set', 'pg'], { input: url.password }).ended;
    await on.deploy('shop');
    await on.startWorker('one');
  }, 60_000);
  afterAll(async () => {
    await on?.close();
    await postgres?.stop();
  });

  /** Prints the result of a query, one row per line. */
  const query = async (sql: string): Promise<string[]> => {
    const program = `import os, psycopg2
connection = psycopg2.connect(os.environ['DSN'])
cursor = connection.cursor()
cursor.execute(os.environ['SQL'])
for row in cursor.fetchall(): print(*row)`;
    const env = { DSN: postgres.url.replace('+asyncpg', ''), SQL: sql };
    const { code, stdout, stderr } = await start(join(repository, '.venv', 'bin', 'python'), ['-c', program], { env }).ended;
    expect([code, stderr]).toEqual([0, '']);
    return stdout.trim().split('\n').filter(Boolean);
  };

  it('each node is a task run with the rows that Postgres reports, and the password is shown nowhere', async () => {
    const id = await on.trigger('transform/shop', { select: 'fruits+' });
    expect(await on.ended(id, 60)).toMatchObject({ state_type: 'COMPLETED' });
    const { stdout } = await on.command(['flow-run', 'inspect', id]).ended;
    expect(stdout).toMatch(/seed fruits +Completed .*3 rows/);
    expect(stdout).toMatch(/model bright +Completed .*2 rows/);
    expect(stdout).toMatch(/test unique_bright_name +Completed/);
    expect(await query('select name from shop.bright order by name')).toEqual(['apple', 'pear']);
    const logs = await on.command(['flow-run', 'logs', id]).ended;
    expect(logs.stdout).toContain('dbt');
    expect(stdout + logs.stdout).not.toContain(new URL(postgres.url).password);
  });

  it('a cancel ends the query in the database too', async () => {
    const id = await on.trigger('transform/shop', { select: 'slow' });
    const asleep = () => query("select pid from pg_stat_activity where query like '%pg_sleep(300)%' and pid <> pg_backend_pid()");
    await expect.poll(asleep, { timeout: 60_000, interval: 500 }).toHaveLength(1);
    const cancelled = await on.command(['flow-run', 'cancel', id, '--wait', '30']).ended;
    expect(cancelled).toMatchObject({ code: 0, stdout: expect.stringMatching(/is Cancelled/) });
    expect(await asleep()).toEqual([]);
  });
});
