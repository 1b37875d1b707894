import { setImmediate as turn } from 'node:timers/promises';

import { expect, it } from 'vitest';

import { createFlowRun } from '../author/children/create-flow-run.ts';
import { runDeployment } from '../author/children/run-deployment.ts';
import { waitForFlowRun } from '../author/children/wait-for-flow-run.ts';
import { withDeployments } from '../author/children/with-deployments.ts';
import { flow } from '../author/flow.ts';
import { observeTask } from '../author/observe-task.ts';
import { task } from '../author/task.ts';
import { record } from './test-support/recording-run.ts';

const often = { pollInterval: '1ms' } as const;
const child = () => runDeployment.unchecked('dbt/build', often);
const createAndWait = async () => waitForFlowRun(await createFlowRun.unchecked('dbt/build', { parameters: { again: 1 } }), often);
const ask = task({ name: 'ask' }, child);
const caller = task({ name: 'caller' }, () => ask());
const inProcess = flow({ name: 'in process' }, () => ask());

/** Runs a flow with this body, beside a deployment whose runs end when the test says so. */
function start(body: () => Promise<unknown>) {
  const end = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const changes: boolean[] = [];
  const build = () => {
    begun.resolve();
    return end.promise;
  };
  const recording = record({ onlyWaits: (isWaiting) => void changes.push(isWaiting) });
  const outcome = withDeployments.unchecked({ 'dbt/build': build }, () => recording.start(flow({ name: 'parent' }, body)));
  return {
    outcome,
    changes,
    endChildren: () => end.resolve(),
    isWaiting: () => changes.at(-1) ?? false,
    /** resolves once the flow waits for a child */
    async childBegins() {
      await begun.promise;
      await turn();
    },
  };
}

it.each<[string, () => Promise<unknown>]>([
  ['its body waits for one child', child],
  ['its body waits for several children', () => Promise.all([child(), createAndWait()])],
  ['a task waits', () => ask()],
  ['a task waits that another task has called', () => caller()],
  ['a child flow in process waits', () => inProcess()],
  ['another task waits for the task that waits', () => task({ name: 'next' }, ({ id }: { id: string }) => id)(ask.submit())],
])('a run only waits while %s', async (_, body) => {
  const run = start(body);
  await expect.poll(run.isWaiting).toBe(true);
  run.endChildren();
  expect(await run.outcome).toMatchObject({ completed: true });
  expect(run.isWaiting()).toBe(false);
});

it.each<[string, (work: Promise<void>) => Promise<unknown>]>([
  ['a task', (work) => task({ name: 'load' }, () => work)()],
  ['a task in a child flow', (work) => flow({ name: 'inner' }, () => task({ name: 'load' }, () => work)())()],
  ['the body of a child flow', (work) => flow({ name: 'inner' }, () => work)()],
  [
    'an observed task',
    async (work) => {
      const node = observeTask({ name: 'orders', key: 'orders' });
      await work;
      node.completed();
    },
  ],
])('a run that waits for a child and executes %s works', async (_, working) => {
  const work = Promise.withResolvers<void>();
  const run = start(() => Promise.all([working(work.promise), ask()]));
  await run.childBegins();
  expect(run.isWaiting()).toBe(false);
  work.resolve();
  await expect.poll(run.isWaiting).toBe(true);
  run.endChildren();
  await run.outcome;
});

it('a task between two tries does not work, and works again in its next try', async () => {
  const again = Promise.withResolvers<void>();
  let tries = 0;
  const load = task({ name: 'load', retries: 1, retryDelay: '20ms' }, async () => {
    tries += 1;
    if (tries === 1) throw new Error('no');
    await again.promise;
  });
  const run = start(() => Promise.all([child(), load()]));
  await expect.poll(() => run.changes).toEqual([true, false]);
  again.resolve();
  await expect.poll(run.isWaiting).toBe(true);
  run.endChildren();
  expect(await run.outcome).toMatchObject({ completed: true });
});

it('code that a try left running counts, although the try has timed out', async () => {
  const left = Promise.withResolvers<void>();
  const inner = flow({ name: 'inner' }, () => left.promise);
  const late = task({ name: 'late', timeout: '5ms' }, () => inner());
  const run = start(async () => {
    await late().catch(() => undefined);
    await child();
  });
  await run.childBegins();
  expect(run.isWaiting()).toBe(false);
  left.resolve();
  await expect.poll(run.isWaiting).toBe(true);
  run.endChildren();
  await run.outcome;
});

it('a run that never waits for a child reports nothing', async () => {
  const run = start(() =>
    task({ name: 'load' }, (size: number) => Promise.resolve(size))
      .map([1, 2])
      .result(),
  );
  expect(await run.outcome).toMatchObject({ completed: true });
  expect(run.changes).toEqual([]);
});
