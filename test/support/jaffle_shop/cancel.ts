import { expect, it } from 'vitest';

import { eventually } from '../eventually.ts';
import type { EmbeddedInstallation } from '../installation.ts';
import { survivors } from '../process.ts';
import { patience } from './shop-case.ts';
import type { ShopCases } from './shop-cases.ts';
import { shopRunsOn } from './shop-runs.ts';

const twoCalls = '04_orchestrating_flow/jaffle_shop';
const oneCall = '04_orchestrating_flow_one_call/jaffle_shop';

/** Tests that a cancel of the flow of flows, or of its child, ends everything below it, at each step. */
export function testShopCancel(stage: () => { readonly on: EmbeddedInstallation; readonly cases: ShopCases }): void {
  // Those with the most starts of dbt begin first.
  it.concurrent.each([
    ['dbt tests', 'test', twoCalls, 2, 'test waits'],
    ['03 reads', 'dashboard', oneCall, 3, 'update_customers_dashboards'],
    ['dbt builds a model', 'model', oneCall, 2, 'model waits'],
    ['02 checks out', 'checkout', twoCalls, 2, 'checkout'],
    ['01 copies', 'copy', oneCall, 1, 'extract_and_load raw_orders'],
  ] as const)('a cancel of the child while %s, and of the parent after a retry, ends all below it, and leaves nothing', async (...row) => {
    const [, place, deployment, step, task] = row;
    const { on, cases } = stage();
    const { children, command, processes, tasks } = shopRunsOn(on);
    const shop = await cases.open(on, `cancel_${place}`, 'waiting');
    const held = await shop.hold(place);
    const id = await on.trigger(deployment, { ...shop.parameters });
    let waiting: unknown[] = [];
    for (const whom of ['child', 'parent'] as const) {
      waiting = await held.reached(id, waiting);
      const child = (await children(id)).at(-1);
      if (!child) throw new Error('The run has no child.');
      const pids = [...(await processes(id)), ...(await processes(child.id))];

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
      expect(await survivors(pids, 30)).toEqual([]);
      await eventually(shop.sessions, (left) => left.length === 0);
      await eventually(
        () => cases.checkouts(child.id),
        (left) => left.length === 0,
      );
      expect(await shop.loads()).toEqual(step === 1 ? {} : { raw_customers: 1, raw_orders: 1, raw_payments: 1 });
      if (whom === 'child') await command('flow-run', 'retry', id);
    }
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
