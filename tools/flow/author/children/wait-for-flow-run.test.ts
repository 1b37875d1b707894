import { TributaryError } from '@tributary/contract/error';
import { type FlowRunId, newId } from '@tributary/contract/id';
import { expect, it, vi } from 'vitest';

import type { FlowRunRequest } from '../../run/engine-port.ts';
import { record } from '../../run/test-support/recording-run.ts';
import { flow } from '../flow.ts';
import { task } from '../task.ts';
import { createFlowRun } from './create-flow-run.ts';
import { resultOf } from './result-of.ts';
import { runDeployment } from './run-deployment.ts';
import { waitForFlowRun } from './wait-for-flow-run.ts';
import { withDeployments } from './with-deployments.ts';

const create = createFlowRun.unchecked;
const runAndWait = runDeployment.unchecked;
const often = { pollInterval: '5ms' } as const;

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

it('createFlowRun returns at once, waitForFlowRun when the run has ended, and resultOf gives what its flow returned', async () => {
  const gate = Promise.withResolvers<number>();
  const parent = flow({ name: 'parent' }, async () => {
    const runs = await Promise.all([create('el/load', { parameters: { shop: 'a' } }), create('el/load', { parameters: { shop: 'b' } })]);
    expect(runs.map(({ state }) => state.type)).toEqual(['SCHEDULED', 'SCHEDULED']);
    gate.resolve(3);
    const ended = await Promise.all([waitForFlowRun(runs[0], often), waitForFlowRun(runs[1].id, often)]);
    return ended.map(resultOf);
  });
  const load = async ({ shop }: Readonly<Record<string, unknown>>) => ({ shop, rows: await gate.promise });
  expect(await withDeployments.unchecked({ 'el/load': load }, () => parent())).toEqual([
    { shop: 'a', rows: 3 },
    { shop: 'b', rows: 3 },
  ]);
});

it('a failed child is returned, or thrown with raiseFinalState, by one call or by two', async () => {
  const parent = flow({ name: 'parent' }, async () => {
    const child = await create('dbt/build');
    expect((await waitForFlowRun(child, often)).state.type).toBe('FAILED');
    const thrown = [
      await failure(waitForFlowRun(child, { ...often, raiseFinalState: true })),
      await failure(runAndWait('dbt/build', { ...often, parameters: { again: 1 }, raiseFinalState: true })),
      await failure(Promise.resolve().then(() => resultOf({ ...child, state: { ...child.state, type: 'CRASHED', name: 'Crashed' } }))),
    ];
    const message = expect.stringMatching(/^Flow run "[\w-]+" \([\w-]{36}\) of deployment dbt\/build ended as Failed: no such table$/);
    expect(thrown[0]).toMatchObject({ code: 'flow_failed', message });
    expect(thrown[1]).toMatchObject({ code: 'flow_failed', message });
    expect(thrown[2]).toMatchObject({
      code: 'flow_failed',
      message: expect.stringMatching(/ of deployment dbt\/build ended as Crashed\.$/),
    });
    // Of a run that is found by its id, only the server knows the deployment.
    const text = new RegExp(`^Flow run "${child.name}" \\(${child.id}\\) ended as Failed: no such table$`);
    expect(await failure(waitForFlowRun(child.id, { ...often, raiseFinalState: true }))).toMatchObject({
      message: expect.stringMatching(text),
    });
  });
  await withDeployments.unchecked({ 'dbt/build': () => Promise.reject(new Error('no such table')) }, () => parent());
});

it('the failure of a grandchild reaches the parent as one message that names each run once', async () => {
  const raise = { ...often, raiseFinalState: true } as const;
  const parent = flow({ name: 'parent' }, () => runAndWait('mid/here', raise));
  const stubs = { 'mid/here': () => runAndWait('leaf/here', raise), 'leaf/here': () => Promise.reject(new Error('the disk is full')) };
  const error = await withDeployments.unchecked(stubs, () => failure(parent()));
  expect(String(error)).toMatch(
    /^TributaryError: Flow run "[^"]+" \(\S+\) of deployment mid\/here ended as Failed: Flow run "[^"]+" \(\S+\) of deployment leaf\/here ended as Failed: the disk is full$/,
  );
});

it('a long message keeps its beginning and its end, in 1,500 characters', async () => {
  const reason = `first ${'x'.repeat(5000)} last`;
  const parent = flow({ name: 'parent' }, () => runAndWait('dbt/build', { ...often, raiseFinalState: true }));
  const error = await withDeployments.unchecked({ 'dbt/build': () => Promise.reject(new Error(reason)) }, () => failure(parent()));
  if (!(error instanceof TributaryError)) throw new Error('nothing was thrown');
  expect(error.message.length).toBeLessThanOrEqual(1500);
  expect(error.message).toMatch(/^Flow run "[^"]+" .*: first x+ … x+ last$/);
});

it('a timeout returns the run as last read, also with raiseFinalState, and the run has no result yet', async () => {
  const gate = Promise.withResolvers<void>();
  await withDeployments.unchecked({ 'el/load': () => gate.promise }, async () => {
    const child = await create('el/load');
    const last = await waitForFlowRun(child, { ...often, timeout: '20ms', raiseFinalState: true });
    expect(last).toMatchObject({ id: child.id, state: { type: 'SCHEDULED' } });
    expect(() => resultOf(last)).toThrow(`Flow run "${child.name}" (${child.id}) is Scheduled, so it has no result yet.`);
    gate.resolve();
    expect(resultOf(await waitForFlowRun(child, often))).toBeUndefined();
  });
});

it('a retried flow finds its child by createFlowRun, and waits until the child has run again', async () => {
  let builds = 0;
  const ids: string[] = [];
  const parent = flow({ name: 'parent', retries: 1 }, async () => {
    const child = await create('dbt/build');
    ids.push(child.id);
    return resultOf(await waitForFlowRun(child, { ...often, raiseFinalState: true }));
  });
  const build = (): string => {
    builds += 1;
    if (builds === 1) throw new Error('no');
    return 'built';
  };
  await withDeployments.unchecked({ 'dbt/build': build }, async () => {
    expect(await record().start(parent)).toMatchObject({ completed: true, value: 'built' });
  });
  expect([builds, new Set(ids).size, ids.length]).toEqual([2, 1, 2]);
});

it('a parent whose cancel arrives after that of its child ends as Cancelled, and its flow sees no failure', async () => {
  const seen = vi.fn<() => void>();
  await withDeployments.unchecked({ 'el/load': () => 1 }, async () => {
    const { deployments } = record().port;
    if (!deployments) throw new Error('no stubs');
    const ids: FlowRunId[] = [];
    const created: typeof deployments.createFlowRun = async (id, request) => {
      const run = await deployments.createFlowRun(id, request);
      ids.push(run.id);
      return run;
    };
    const read: typeof deployments.readFlowRun = async (id) => {
      const [child = id] = ids;
      const run = await deployments.readFlowRun(child);
      const type = id === child ? 'CANCELLED' : 'CANCELLING';
      if (id !== child) setTimeout(() => recording.cancel(new TributaryError('cancelled', 'The run was cancelled.')), 5);
      return { ...run, id, state_type: type, state: run.state ? { ...run.state, type, name: type } : null };
    };
    const recording = record({ deployments: { ...deployments, createFlowRun: created, readFlowRun: read } });
    const parent = flow({ name: 'parent' }, () => runAndWait('el/load', { ...often, raiseFinalState: true }).catch(seen));
    const outcome = await recording.start(parent, {}, { flowRunId: newId<FlowRunId>() });
    expect(outcome).toMatchObject({ completed: false, state: { type: 'CANCELLED', message: 'The run was cancelled.' } });
    expect(seen.mock.calls).toMatchObject([[{ code: 'cancelled' }]]);
    expect(recording.lines().join()).not.toContain('failed');
  });
});

it('a retried task continues the child whose failure it raised', async () => {
  const build = vi.fn<() => string>().mockImplementationOnce(() => {
    throw new Error('no');
  });
  const ask = task({ name: 'ask', retries: 1 }, async () => (await runAndWait('dbt/build', { ...often, raiseFinalState: true })).run_count);
  expect(await withDeployments.unchecked({ 'dbt/build': build }, () => flow({ name: 'parent' }, () => ask())())).toBe(2);
  expect(build).toHaveBeenCalledTimes(2);
});

it('queue chooses the work queue of the run', async () => {
  const requests: FlowRunRequest[] = [];
  await withDeployments.unchecked({ 'el/load': () => 1 }, async () => {
    const { deployments } = record().port;
    if (!deployments) throw new Error('no stubs');
    const recording = record({
      deployments: {
        ...deployments,
        createFlowRun: (id, request) => {
          requests.push(request);
          return deployments.createFlowRun(id, request);
        },
      },
    });
    await recording.start(
      flow({ name: 'parent' }, async () => {
        await create('el/load', { queue: 'slow' });
        await create('el/load', { parameters: { day: 1 } });
      }),
    );
  });
  expect(requests[0]).toMatchObject({ work_queue_name: 'slow' });
  expect(requests[1]).not.toHaveProperty('work_queue_name');
});

it('refuses what is not the id of a run, a run that no server has, and a wait without a server', async () => {
  const id = newId<FlowRunId>();
  await expect(waitForFlowRun('tonight')).rejects.toMatchObject({
    code: 'misuse',
    message: expect.stringContaining('"tonight" isn\'t the id'),
  });
  await expect(waitForFlowRun(id)).rejects.toMatchObject({ code: 'unreachable', message: expect.stringContaining('npx tributary dev') });
  await expect(createFlowRun.unchecked('el/load')).rejects.toThrow('createFlowRun("el/load") needs a server');
  await withDeployments.unchecked({ 'el/load': () => 1 }, async () => {
    const { deployments } = record().port;
    if (!deployments) throw new Error('no stubs');
    const gone = { ...deployments, readFlowRun: () => Promise.reject(new TributaryError('not_found', 'Flow run not found')) };
    const outcome = await record({ deployments: gone }).start(flow({ name: 'parent' }, () => waitForFlowRun(id)));
    expect(outcome).toMatchObject({
      completed: false,
      error: { code: 'not_found', message: expect.stringContaining(`no flow run ${id}`) },
    });
  });
  await withDeployments.unchecked({}, async () => {
    const inside = flow({ name: 'inside' }, () => waitForFlowRun(id));
    const selfish = flow({ name: 'selfish' }, () => inside());
    expect(await record().start(selfish, {}, { flowRunId: id })).toMatchObject({
      error: { code: 'misuse', message: expect.stringContaining("can't wait for its own end") },
    });
  });
  await expect(waitForFlowRun(id, { timeout: '-1s' })).rejects.toThrow('timeout of waitForFlowRun');
});
