import { expect, it } from 'vitest';

import { eventually } from '../eventually.ts';
import type { EmbeddedInstallation } from '../installation.ts';
import { survivors } from '../process.ts';
import { patience } from './shop-case.ts';
import type { ShopCases } from './shop-cases.ts';
import { shopRunsOn } from './shop-runs.ts';

const twoCalls = '04_orchestrating_flow/jaffle_shop';
const oneCall = '04_orchestrating_flow_one_call/jaffle_shop';

/** Tests that a cancel ends everything below a run, at each step of the flow of flows. */
export function testShopCancel(stage: () => { readonly on: EmbeddedInstallation; readonly cases: ShopCases }): void {
  it.concurrent.each([
    ['the parent while 01 copies', 'copy', oneCall, 'parent', 1, 'extract_and_load raw_orders'],
    ['the child while 01 copies', 'copy', twoCalls, 'child', 1, 'extract_and_load raw_orders'],
    ['the parent while 02 checks out', 'checkout', twoCalls, 'parent', 2, 'checkout'],
    ['the child while 02 checks out', 'checkout', oneCall, 'child', 2, 'checkout'],
    ['the parent while dbt builds a model', 'model', oneCall, 'parent', 2, 'model waits'],
    ['the child while dbt builds a model', 'model', twoCalls, 'child', 2, 'model waits'],
    ['the parent while dbt tests', 'test', twoCalls, 'parent', 2, 'test waits'],
    ['the parent while 03 reads', 'dashboard', oneCall, 'parent', 3, 'update_customers_dashboards'],
  ] as const)('a cancel of %s ends all below it, and leaves nothing', async (what, place, deployment, whom, step, task) => {
    const { on, cases } = stage();
    const { children, command, processes, tasks } = shopRunsOn(on);
    const shop = await cases.open(on, `cancel_${place}_${whom}`, 'waiting');
    const held = await shop.hold(place);
    const id = await on.trigger(deployment, { ...shop.parameters });
    await held.reached(id);
    const child = (await children(id)).at(-1);
    if (!child) throw new Error('The run has no child.');
    const pids = [...(await processes(child.id)), ...(whom === 'parent' ? await processes(id) : [])];

    await command('flow-run', 'cancel', whom === 'parent' ? id : child.id);
    const root = await on.ended(id, patience);
    const namesChild = root.state?.message?.startsWith(`Flow run "${child.name}" (${child.id}) of deployment 0${step}_`);
    expect([root.state_type, namesChild]).toEqual(whom === 'parent' ? ['CANCELLED', false] : ['FAILED', true]);
    // A run whose process had to be killed has another message.
    expect(await on.ended(child.id, patience)).toMatchObject({ state_type: 'CANCELLED', state: { message: 'The run was cancelled.' } });
    expect((await children(id)).map(({ state_type }) => state_type)).toEqual([
      ...Array.from({ length: step - 1 }, () => 'COMPLETED'),
      'CANCELLED',
    ]);
    const ended = await eventually(
      () => tasks(child.id),
      (all) => !/SCHEDULED|PENDING|RUNNING/.test(Object.values(all).join()),
    );
    expect(ended).toMatchObject({ [task]: 'CANCELLED' });
    expect(Object.values(ended)).not.toContain('FAILED');
    expect(await survivors(pids, 10)).toEqual([]);
    await eventually(shop.sessions, (left) => left.length === 0);
    await eventually(
      () => cases.checkouts(child.id),
      (left) => left.length === 0,
    );
    expect(await shop.loads()).toEqual(step === 1 ? {} : { raw_customers: 1, raw_orders: 1, raw_payments: 1 });
    await held.release();
  });

  // It runs alone, because no other run of the pool can start meanwhile.
  it('a cancel of the parent of a child that is only scheduled ends both, and the child never starts', async () => {
    const { on, cases } = stage();
    const { children, command } = shopRunsOn(on);
    const shop = await cases.open(on, 'cancel_scheduled');
    const { data: parent } = await on.client.readDeploymentByName({ path: { flow: '04_orchestrating_flow', deployment: 'jaffle_shop' } });
    const queue = { pool: 'dev', queue: 'default' };
    await on.client.updateWorkQueue({ path: queue, body: { is_paused: true } });
    const { data: run } = await on.client.createFlowRunFromDeployment({
      path: { id: parent.id },
      body: { parameters: { ...shop.parameters }, work_queue_name: 'parents' },
    });
    const [child] = await eventually(
      () => children(run.id),
      (found) => found.length > 0,
    );
    expect(child).toMatchObject({ state_type: 'SCHEDULED' });
    await command('flow-run', 'cancel', run.id);
    expect(await on.ended(run.id)).toMatchObject({ state_type: 'CANCELLED' });
    await on.client.updateWorkQueue({ path: queue, body: { is_paused: false } });
    expect((await children(run.id)).map(({ state_type, run_count }) => [state_type, run_count])).toEqual([['CANCELLED', 0]]);
    expect(await shop.loads()).toEqual({});
  });
}
