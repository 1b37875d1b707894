import { join } from 'node:path';

import type { FlowRunId } from '@tributary/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { eventually } from '../support/eventually.ts';
import { install, type Installation } from '../support/installation.ts';
import { type Postgres, startPostgres } from '../support/postgres/server.ts';
import { descendants, start, survivors } from '../support/process.ts';
import { repository } from '../support/workspace.ts';

const deployments = (name: string) => `import { deployFactory } from '@tributary/flow';
import { transform } from './flows/transform.ts';
export const deployment = deployFactory({ name: '${name}', flow: transform });
`;
const files = ({ port }: URL) => ({
  'ints/local/deployments.ts': deployments('local'),
  'ints/local/flows/transform.ts': `import { dbt } from '@tributary/dbt';
import { flow } from '@tributary/flow';
import { z } from 'zod';
const project = dbt({ projectDir: '.' });
export const transform = flow({ name: 'transform', parameters: z.object({ model: z.string() }) }, async ({ model }) => {
  const { nodes } = await project.run({ select: model });
  return nodes.length;
});
`,
  'ints/local/dbt_project.yml': 'name: local\nprofile: local\nmodels: {+materialized: table}\n',
  'ints/local/profiles.yml': `local: {target: dev, outputs: {dev: {type: duckdb, path: "{{ env_var('TRIBUTARY_DATA_DIR') }}/local.duckdb", settings: {threads: 1}}}}\n`,
  'ints/local/models/slow.sql': 'select count(*) as n from range(1000000) a, range(1000000) b where hash(a.range + b.range) % 7 = 3\n',
  'ints/local/models/quick.sql': 'select 1 as n\n',

  'ints/shop/deployments.ts': deployments('shop'),
  'ints/shop/flows/transform.ts': `import { dbt } from '@tributary/dbt';
import { flow, secret } from '@tributary/flow';
import { z } from 'zod';
export const transform = flow({ name: 'transform', parameters: z.object({ select: z.string() }) }, async ({ select }) => {
  await dbt({ projectDir: '.', failingRows: 5, env: { DBT_ENV_SECRET_PG: await secret('pg') } }).build({ select });
});
`,
  'ints/shop/dbt_project.yml': 'name: shop\nprofile: shop\nmodels: {+materialized: table}\n',
  'ints/shop/profiles.yml': `shop: {target: dev, outputs: {dev: {type: postgres, host: 127.0.0.1, port: ${port}, user: prefect, dbname: postgres, schema: shop, password: "{{ env_var('DBT_ENV_SECRET_PG') }}", threads: 2}}}\n`,
  'ints/shop/seeds/fruits.csv': 'name,colour\napple,red\npear,green\nplum,blue\n',
  'ints/shop/models/bright.sql': "select * from {{ ref('fruits') }} where colour <> 'blue'\n",
  'ints/shop/models/schema.yml': 'models: [{name: bright, columns: [{name: name, data_tests: [unique]}]}]\n',
  'ints/shop/tests/reds.sql': "select *, 1.5 as price from {{ ref('bright') }} where colour <> 'red'\n",
  'ints/shop/models/slow.sql': 'select 1 as n from (select pg_sleep(300)) as nap\n',
});

describe('dbt in a worker', { timeout: 120_000 }, () => {
  let postgres: Postgres;
  let on: Installation;

  beforeAll(async () => {
    postgres = await startPostgres();
    const url = new URL(postgres.url);
    on = await install(files(url));
    await on.command(['secret', 'set', 'pg'], { input: url.password }).ended;
    await on.deploy('local');
    await on.deploy('shop');
    await on.startWorker('one');
  }, 60_000);
  afterAll(async () => {
    await on?.close();
    await postgres?.stop();
  });

  /** Waits until a node of a run is being computed. @returns the processes of the run: those of the host and of dbt */
  const busy = async (id: FlowRunId): Promise<number[]> => {
    const running = { flow_run_id: { any_: [id] }, name: { any_: ['model slow'] }, state: { type: { any_: ['RUNNING' as const] } } };
    const counted = async () => (await on.client.countTaskRuns({ body: { task_runs: running } })).data;
    await eventually(counted, (count) => count > 0, 60);
    const host = Number((await on.read(id)).infrastructure_pid?.split(':').at(-1));
    const pids = [host, ...descendants(host)];
    expect(pids.slice(1)).not.toEqual([]);
    return pids;
  };

  /** Prints the result of a query on Postgres, one row per line. */
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

  it('each node is a task run with the rows that Postgres reports, a failed one with its SQL and rows, and the password is nowhere', async () => {
    const id = await on.trigger('transform/shop', { select: 'fruits+' });
    const { state_type, state } = await on.ended(id, 90);
    expect([state_type, state?.message]).toEqual(['FAILED', expect.stringContaining(`compiled SQL: npx tributary flow-run inspect ${id}`)]);
    expect(state?.message).toContain('1 of 4 nodes failed');
    const { stdout } = await on.command(['flow-run', 'inspect', id]).ended;
    expect(stdout).toMatch(/seed fruits +Completed .*3 rows/);
    expect(stdout).toMatch(/model bright +Completed .*2 rows/);
    expect(stdout).toMatch(/test unique_bright_name +Completed/);
    expect(await query('select name from shop.bright order by name')).toEqual(['apple', 'pear']);
    const { data: artifacts } = await on.client.filterArtifacts({ body: { flow_runs: { id: { any_: [id] } } } });
    const { data: tests } = await on.client.filterTaskRuns({ body: { task_runs: { name: { any_: ['test reds'] } } } });
    const kept = Object.fromEntries(artifacts.map((artifact) => [artifact.description, artifact]));
    expect(kept['Compiled SQL of test.shop.reds']).toMatchObject({
      type: 'markdown',
      key: null,
      data: expect.stringMatching(/^```sql\nselect \*, 1\.5 as price from "postgres"\."shop"\."bright" where/),
      task_run_id: tests[0]?.id,
    });
    expect(kept['Failing rows of test.shop.reds']).toMatchObject({
      type: 'table',
      data: '[{"name":"pear","colour":"green","price":"1.5"}]',
      task_run_id: tests[0]?.id,
    });
    const logs = await on.command(['flow-run', 'logs', id]).ended;
    expect(logs.stdout).toContain('dbt');
    expect(logs.stdout).not.toContain('green');
    expect(stdout + logs.stdout + JSON.stringify(artifacts)).not.toContain(postgres.connection.password);
  });

  it('tributary flow-run cancel ends dbt and the query in the database, and the run is Cancelled', async () => {
    const id = await on.trigger('transform/shop', { select: 'slow' });
    const pids = await busy(id);
    const asleep = () => query("select pid from pg_stat_activity where query like '%pg_sleep(300)%' and pid <> pg_backend_pid()");
    await expect.poll(asleep, { timeout: 60_000, interval: 500 }).toHaveLength(1);
    const { code, stdout } = await on.command(['flow-run', 'cancel', id, '--wait', '30']).ended;
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Flow run \S+ is Cancelled/)]);
    expect(await survivors(pids, 5)).toEqual([]);
    expect(await asleep()).toEqual([]);
    const shown = await on.command(['flow-run', 'inspect', id]).ended;
    expect(shown.stdout).toMatch(/model slow +Cancelled +.*dbt was stopped/);
  });

  it('kill −9 of the run host leaves no dbt process and no lock on a DuckDB file, so the next run completes', async () => {
    const id = await on.trigger('transform/local', { model: 'slow' });
    const pids = await busy(id);
    process.kill(pids[0] ?? 0, 'SIGKILL');
    expect(await on.ended(id, 10)).toMatchObject({ state_type: 'CRASHED', state: { message: expect.stringContaining('SIGKILL') } });
    expect(await survivors(pids, 10)).toEqual([]);
    const next = await on.command(['deployment', 'run', 'transform/local', '--param', 'model=quick', '--watch']).ended;
    expect([next.code, next.stdout]).toEqual([0, expect.stringMatching(/✓ model quick/)]);
    // Each node is shown once, by its task. dbt's own line is at debug level.
    expect(next.stdout).not.toContain('1 of 1 OK');
  });
});
