import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { expect, it } from 'vitest';

import { openSession } from '../../../tools/postgres/test-support/on-postgres.ts';
import { eventually } from '../eventually.ts';
import type { EmbeddedInstallation } from '../installation.ts';
import { patience } from './shop-case.ts';
import type { ShopCases } from './shop-cases.ts';
import { shopRunsOn } from './shop-runs.ts';

const loadedOnce = { raw_customers: 1, raw_orders: 1, raw_payments: 1 };

/** Tests what the flows of ints/jaffle_shop do with a faulty dbt project, behind a lock and without Postgres. */
export function testShopFaults(stage: () => { readonly on: EmbeddedInstallation; readonly cases: ShopCases }): void {
  it.concurrent('a failing test fails the flow of flows or only warns, as decidedBy says, and the second run of a database replaces its rows below the views', async () => {
    const { on, cases } = stage();
    const { children, log, tasks } = shopRunsOn(on);
    const shop = await cases.open(on, 'decided', 'failing-test');

    const first = await on.trigger('04_orchestrating_flow/jaffle_shop', { ...shop.parameters, decidedBy: 'run' });
    expect(await on.ended(first, patience)).toMatchObject({ state_type: 'COMPLETED' });
    const completed = await children(first);
    expect(completed.map(({ state_type }) => state_type)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
    const dbt = completed[1];
    if (!dbt) throw new Error('unreachable');
    expect(await tasks(dbt.id)).toMatchObject({
      run: 'COMPLETED',
      test: 'FAILED',
      'test no_customers': 'FAILED',
      'model customers': 'COMPLETED',
    });
    expect(await log(dbt.id)).toMatch(/not all tests passed: .*\ntest no_customers failed: Got 100 results[^\n]*\ncompiled SQL: [^\n]*$/);

    // The default is 'run and test'.
    const second = await on.trigger('04_orchestrating_flow_one_call/jaffle_shop', { ...shop.parameters });
    const failed = await on.ended(second, patience);
    expect(failed).toMatchObject({
      state_type: 'FAILED',
      state: { message: expect.stringMatching(/ of deployment 02_dbt\/jaffle_shop ended as Failed: .*no_customers/s) },
    });
    expect((await children(second)).map(({ state_type }) => state_type)).toEqual(['COMPLETED', 'FAILED']);
    expect(await shop.loads()).toEqual({ raw_customers: 2, raw_orders: 2, raw_payments: 2 });
    expect(
      await shop.query('SELECT (SELECT count(*)::int FROM jaffle_shop.customers), (SELECT count(*)::int FROM jaffle_shop.orders)'),
    ).toEqual([[100, 99]]);
  });

  it.concurrent('a model error fails the flow of flows with the name of the model, and 03 is not created', async () => {
    const { on, cases } = stage();
    const { children, tasks } = shopRunsOn(on);
    const shop = await cases.open(on, 'broken_model', 'broken-model');
    const id = await on.trigger('04_orchestrating_flow/jaffle_shop', { ...shop.parameters });
    const { state } = await on.ended(id, patience);
    expect(state).toMatchObject({
      type: 'FAILED',
      message: expect.stringMatching(/ of deployment 02_dbt\/jaffle_shop ended as Failed: .*orders.*no_such_column/s),
    });
    const [load, dbt, ...more] = await children(id);
    expect([load?.state_type, dbt?.state_type, more]).toEqual(['COMPLETED', 'FAILED', []]);
    if (!dbt) throw new Error('unreachable');
    const all = await tasks(dbt.id);
    expect(all).toMatchObject({ run: 'FAILED', 'model orders': 'FAILED', 'model customers': 'COMPLETED' });
    expect(all).not.toHaveProperty('test');
    expect(await shop.loads()).toEqual(loadedOnce);
  });

  it.concurrent('02_dbt says what is wrong with the dbt repository, leaves no checkout, and never shows a token', async () => {
    const { on, cases } = stage();
    const { command, commandWith, log } = shopRunsOn(on);
    await commandWith('hunter2', 'secret', 'set', 'wrong-token');
    const shop = await cases.open(on, 'bad_repository');
    const { secrets } = cases;
    const wrong = [
      [{ dbtRepoToken: 'wrong-token' }, /doesn't accept the token for/],
      [{ dbtRepoToken: 'absent-token' }, /lacks the secret "absent-token"/],
      [{ dbtRepoToken: null }, /only with a token \(401\)/],
      [{ dbtRepoBranch: 'mian' }, /has no branch or tag mian/],
      [{ dbtRepoBranch: 'no-project' }, /There is no dbt project in .*: dbt_project\.yml is missing/],
      [{ dbtRepoBranch: 'lost-packages' }, /dbt deps failed/],
    ] as const;
    await Promise.all(
      wrong.map(async ([change, message]) => {
        const { database, host, port, dbtRepoUrl, dbtRepoBranch, dbtRepoToken } = shop.parameters;
        const given = Object.entries({ database, host, port, dbtRepoUrl, dbtRepoBranch, dbtRepoToken, ...change }).filter(
          ([, value]) => value !== null,
        );
        const id = await on.trigger('02_dbt/jaffle_shop', Object.fromEntries(given));
        const { state } = await on.ended(id, patience);
        expect(state).toMatchObject({ type: 'FAILED', message: expect.stringMatching(message) });
        await eventually(
          () => cases.checkouts(id),
          (left) => left.length === 0,
        );
        expect((await log(id)) + (await command('flow-run', 'inspect', id))).not.toMatch(
          new RegExp(`hunter2|${secrets['jaffle-shop-token']}`),
        );
      }),
    );
  });

  it.concurrent('01 names the reader that locks a table, and a retry after the reader has ended loads the table', async () => {
    const { on, cases } = stage();
    const { command } = shopRunsOn(on);
    const shop = await cases.open(on, 'locked');
    const reader = await openSession({ ...cases.connection, database: 'locked' });
    await reader.query("SET application_name = 'a report'; BEGIN; SELECT * FROM jaffle_shop.raw_orders");
    const { host, port, database, baseUrl } = shop.parameters;
    const id = await on.trigger('01_extract_load/jaffle_shop', { host, port, database, baseUrl });
    const { state } = await on.ended(id, patience);
    expect(state).toMatchObject({
      type: 'FAILED',
      message: expect.stringMatching(/jaffle_shop\.raw_orders: other sessions have locked it for 10 s: .*a report/),
    });
    await reader.query('COMMIT');
    await reader.end();
    await command('flow-run', 'retry', id);
    expect(await on.until(id, ['COMPLETED', 'FAILED'], patience)).toMatchObject({ state_type: 'COMPLETED', run_count: 2 });
    expect(await shop.loads()).toMatchObject({ raw_orders: 1 });
  });

  it.concurrent('05 starts four children and ends. Without Postgres, 01 tries again and says why, a cancel ends its wait at once, and 02 and 03 fail with the address', async () => {
    const { on, cases } = stage();
    const { children, command, log, tasks } = shopRunsOn(on);
    const parameters = { ...cases.parameters, port: 9 };
    const address = `No connection to Postgres at ${parameters.host}:9`;
    const id = await on.trigger('05_mapping_over_flows_in_parallel/jaffle_shop', parameters);
    const parent = await on.ended(id, patience);
    expect(parent).toMatchObject({ state_type: 'COMPLETED' });
    const started = await children(id);
    expect(started).toHaveLength(4);
    const childOf = async (flow: string): Promise<FlowRun> => {
      const { data: deployment } = await on.client.readDeploymentByName({ path: { flow, deployment: 'jaffle_shop' } });
      const child = started.find(({ deployment_id }) => deployment_id === deployment.id);
      if (!child) throw new Error(`05 has started no run of ${flow}.`);
      return child;
    };
    const [loads, builds, reads, all] = await Promise.all(
      ['01_extract_load', '02_dbt', '03_dashboards', '04_orchestrating_flow'].map(childOf),
    );
    if (!loads || !builds || !reads || !all) throw new Error('unreachable');
    expect([loads, builds, reads, all].map(({ work_queue_name }) => work_queue_name)).toEqual([
      'default',
      'default',
      'default',
      'backfill',
    ]);
    expect(all.parameters).toEqual({ ...parameters, decidedBy: 'run' });

    const [nested] = await eventually(
      () => children(all.id),
      (runs) => runs.length > 0,
      patience,
    );
    if (!nested) throw new Error('unreachable');
    await eventually(
      () => log(nested.id),
      (text) => text.includes(address),
      patience,
    );
    await Promise.all([command('flow-run', 'cancel', all.id), command('flow-run', 'cancel', loads.id)]);
    for (const run of [all, nested, loads]) expect(await on.ended(run.id, patience)).toMatchObject({ state_type: 'CANCELLED' });
    expect(new Set(Object.values(await tasks(nested.id)))).toEqual(new Set(['CANCELLED']));
    const [failedBuild, failedRead] = await Promise.all([builds, reads].map(async (run) => await on.ended(run.id, patience)));
    expect(failedBuild?.state?.message).toContain(`connection to server at "${parameters.host}", port 9 failed: Connection refused`);
    expect(failedRead?.state?.message).toContain(address);
    const { end_time: ended } = await on.read(loads.id);
    expect(String(parent.end_time) < String(ended)).toBe(true);
  });
}
