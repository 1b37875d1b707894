import { TributaryError } from '@tributary/contract/error';
import { type FlowRunId, newId } from '@tributary/contract/id';
import type { State } from '@tributary/contract/nouns/state';
import { expect, it, vi } from 'vitest';
import { z } from 'zod';

import type { DeploymentPort } from '../../run/engine-port.ts';
import { localClock, toState } from '../../run/local/local-port.ts';
import { record, type Recording } from '../../run/test-support/recording-run.ts';
import { flow } from '../flow.ts';
import { run } from '../run.ts';
import { runDeployment } from './run-deployment.ts';
import { task } from '../task.ts';
import { withDeployments } from './with-deployments.ts';

const fire = runDeployment.unchecked;

/** Creates a recording that uses the stubbed deployments, with some functions of the deployment port replaced. */
function recordWith(changes: (port: DeploymentPort) => Partial<DeploymentPort>): Recording {
  const { deployments } = record().port;
  if (!deployments) throw new Error('no stubs');
  return record({ deployments: { ...deployments, ...changes(deployments) } });
}

/** Starts the same run again, as its second attempt. */
async function startAgain(recording: Recording, ...[started, parameters, facts]: Parameters<Recording['start']>) {
  const { beginAttempt } = recording.port;
  recording.port.beginAttempt = async (ticket) => ({ ...(await beginAttempt(ticket)), attempt: 2 });
  return recording.start(started, parameters, facts);
}

it('a hook’s child flow runs its deployment again after each attempt', async () => {
  const alert = vi.fn<() => void>();
  const notify = flow({ name: 'notify' }, () => fire('ops/alert'));
  const broken = flow({ name: 'broken', onFailure: () => notify() }, () => Promise.reject(new Error('no')));
  await withDeployments.unchecked({ 'ops/alert': alert }, async () => {
    const recording = record();
    const facts = { flowRunId: newId<FlowRunId>() };
    await recording.start(broken, {}, facts);
    await startAgain(recording, broken, {}, facts);
  });
  expect(alert).toHaveBeenCalledTimes(2);
});

it('the hooks of a run with invalid parameters run each time', async () => {
  const alert = vi.fn<() => void>();
  const strict = flow({ name: 'strict', parameters: z.object({ day: z.iso.date() }), onFailure: () => fire('ops/alert') }, () => 1);
  await withDeployments.unchecked({ 'ops/alert': alert }, async () => {
    const recording = record();
    const facts = { flowRunId: newId<FlowRunId>() };
    for (const day of ['monday', 'tuesday']) await recording.start(strict, { day }, facts);
  });
  expect(alert).toHaveBeenCalledTimes(2);
});

it('the next attempt draws no warning about the run that a hook created', async () => {
  const gate = Promise.withResolvers<void>();
  const hooked = flow({ name: 'hooked', onFailure: () => fire('ops/alert', { timeout: 0 }) }, () => {
    if (run().attempt === 1) throw new Error('no');
  });
  await withDeployments.unchecked({ 'ops/alert': () => gate.promise }, async () => {
    const recording = record();
    const facts = { flowRunId: newId<FlowRunId>() };
    await recording.start(hooked, {}, facts);
    expect((await startAgain(recording, hooked, {}, facts)).state).toMatchObject({ type: 'COMPLETED', message: null });
    gate.resolve();
  });
});

it('two runs that use the same key share one child run, which one of them creates', async () => {
  const load = vi.fn<() => void>();
  const parent = flow({ name: 'parent', parameters: z.object({ isFirst: z.boolean() }) }, async ({ isFirst }) => {
    // The second run has already started, but waits here until the first run has created the child.
    if (!isFirst) await first.promise;
    await fire('el/load', { idempotencyKey: 'nightly' });
    first.resolve();
  });
  const first = Promise.withResolvers<void>();
  await withDeployments.unchecked({ 'el/load': load }, async () => {
    const recording = record();
    const outcomes = await Promise.all([false, true].map((isFirst) => recording.start(parent, { isFirst })));
    expect(outcomes.map(({ completed }) => completed)).toEqual([true, true]);
    expect(recording.lines()).toEqual([
      expect.stringMatching(/^Created flow run/),
      expect.stringMatching(/^Took over flow run .*, which completed in attempt 1\.$/),
    ]);
  });
  expect(load).toHaveBeenCalledTimes(1);
});

it('a key belongs to one flow: another flow gets its own run, another deployment of the flow is refused', async () => {
  const idempotencyKey = 'nightly';
  await withDeployments.unchecked({ 'el/load': () => 'a', 'dbt/build': () => 'b' }, async () => {
    const states = [await fire('el/load', { idempotencyKey }), await fire('dbt/build', { idempotencyKey })];
    expect(states.map(({ state }) => state.data)).toEqual([{ value: 'a' }, { value: 'b' }]);
  });
  const stubs = { 'el/load': () => 'a', 'el/reload': vi.fn<() => void>() };
  await withDeployments.unchecked(stubs, async () => {
    const { id } = await fire('el/load', { idempotencyKey });
    await expect(fire('el/reload', { idempotencyKey })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(new RegExp(`^The idempotencyKey "nightly" of .*"el/reload".* belongs to flow run .*${id}`)),
    });
  });
  expect(stubs['el/reload']).not.toHaveBeenCalled();
});

it('code that an earlier attempt of a task left running does not restart a child that a later attempt has seen end', async () => {
  const load = vi.fn<() => void>(() => {
    throw new Error('no such table');
  });
  const later = Promise.withResolvers<void>();
  const left: Promise<unknown>[] = [];
  let tries = 0;
  const hasty = task({ name: 'hasty', retries: 1 }, async () => {
    tries += 1;
    if (tries === 1) {
      left.push(later.promise.then(() => fire('el/load')));
      throw new Error('again');
    }
    return (await fire('el/load')).state.type;
  });
  const parent = flow({ name: 'parent' }, async () => {
    const seen = await hasty();
    later.resolve();
    await Promise.all(left);
    return seen;
  });
  await withDeployments.unchecked({ 'el/load': load }, async () => {
    expect(await record().start(parent)).toMatchObject({ completed: true, value: 'FAILED' });
  });
  expect(load).toHaveBeenCalledTimes(1);
});

it('an attempt that finds the child of the attempt before logs it and continues the child', async () => {
  let runs = 0;
  const load = (): void => {
    runs += 1;
    if (runs === 1) throw new Error('no such table');
  };
  let answers = 0;
  const parent = flow({ name: 'parent' }, () =>
    task({ name: 'load', retries: 1 }, async () => {
      const { state } = await fire('el/load');
      if (state.type !== 'COMPLETED') throw new Error(state.message ?? '');
    })(),
  );
  await withDeployments.unchecked({ 'el/load': load }, async () => {
    const recording = recordWith(({ createFlowRun }) => ({
      async createFlowRun(id, request) {
        const created = await createFlowRun(id, request);
        answers += 1;
        if (answers === 1) throw new Error('the answer got lost');
        return created;
      },
    }));
    expect((await recording.start(parent)).completed).toBe(true);
    expect(recording.lines()).toEqual([
      expect.stringContaining('the answer got lost'),
      expect.stringMatching(/^Created flow run/),
      expect.stringMatching(/^Continues flow run/),
    ]);
  });
  expect(runs).toBe(2);
});

it('a child that is still being cancelled continues once it has ended', async () => {
  const load = vi.fn<() => void>();
  const parent = flow({ name: 'parent', retries: 1 }, async () => {
    const { state } = await fire('el/load', { timeout: 0 });
    if (run().attempt === 1) throw new Error('again');
    return state.name;
  });
  await withDeployments.unchecked({ 'el/load': load }, async () => {
    let looks = 0;
    let cancelling: State | undefined;
    const stateNow = (): State | undefined =>
      looks < 2 ? cancelling : cancelling && { ...cancelling, type: 'CANCELLED', name: 'Cancelled' };
    const recording = recordWith(({ createFlowRun, readFlowRun }) => ({
      async createFlowRun(id, request) {
        const created = await createFlowRun(id, request);
        const now = { ...created, state: cancelling ?? created.state ?? null };
        cancelling ??= toState({ type: 'CANCELLING' }, recording.port.clock());
        return now;
      },
      async readFlowRun(id) {
        looks += 1;
        return { ...(await readFlowRun(id)), state: stateNow() ?? null };
      },
    }));
    expect(await recording.start(parent)).toMatchObject({ completed: true, value: 'AwaitingRetry' });
    expect(recording.lines().at(-1)).toMatch(/^Continues flow run .* which ended as Cancelled/);
  });
  expect(load).toHaveBeenCalledTimes(2);
});

it.each([
  ['timed out', { timeout: 0.3 }],
  ['failed beside it', {}],
])('a child flow that its task calls again, because the attempt before %s, creates no second run', async (_, options) => {
  const load = vi.fn<() => void>();
  const ids: string[] = [];
  let tries = 0;
  const gate = Promise.withResolvers<void>();
  const child = flow({ name: 'child' }, async () => {
    ids.push(run().flowRunId);
    await fire('el/load');
    const { signal } = run();
    // The first run of the child waits until its signal is aborted, or until the task's second attempt calls the child.
    if (ids.length === 1) await Promise.race([gate.promise, new Promise((resolve) => signal.addEventListener('abort', resolve))]);
    signal.throwIfAborted();
  });
  const hasty = task({ name: 'hasty', retries: 1, ...options }, async () => {
    tries += 1;
    const called = child();
    if (tries === 2) gate.resolve();
    if (tries > 1 || 'timeout' in options) return called;
    called.catch(() => undefined);
    await vi.waitFor(() => expect(load).toHaveBeenCalled(), 30_000);
    throw new Error('no disk');
  });
  await withDeployments.unchecked({ 'el/load': load }, async () => {
    expect((await record().start(flow({ name: 'parent' }, () => hasty()))).completed).toBe(true);
  });
  expect(load).toHaveBeenCalledTimes(1);
  expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
});

it('a child flow that runs again continues to count its attempts, and has all its retries again', async () => {
  const attempts: number[] = [];
  const child = flow({ name: 'child', retries: 1 }, () => {
    attempts.push(run().attempt);
    throw new Error('no');
  });
  await record().start(flow({ name: 'parent', retries: 1 }, () => child()));
  expect(attempts).toEqual([1, 2, 3, 4]);
});

it('a stub gets its parameters as another process would: as JSON', async () => {
  const load = vi.fn<(parameters: Readonly<Record<string, unknown>>) => void>();
  const parameters = { day: new Date('2026-01-02T00:00:00Z'), table: undefined, part: { limit: undefined, zero: -0 } };
  await withDeployments.unchecked({ 'el/load': load }, () => fire('el/load', { parameters }));
  expect(load.mock.calls[0]?.[0]).toStrictEqual({ day: '2026-01-02T00:00:00.000Z', part: { zero: 0 } });
});

it.each([
  ['continues', 'in an earlier one', 1, 'COMPLETED'],
  ['stays ended', 'there too', 2, 'CANCELLED'],
])('a child that was cancelled in this attempt %s when the cancel was proposed %s', async (_verb, _when, attempt, type) => {
  const load = vi.fn<() => void>();
  const states: State[] = [];
  const parent = flow({ name: 'parent', retries: 1 }, async () => {
    if (run().attempt === 1) await fire('el/load');
    if (run().attempt === attempt) states.push(toState({ type: 'CANCELLING' }, localClock()));
    if (run().attempt === 1) throw new Error('again');
    states.push(toState({ type: 'CANCELLED' }, localClock()));
    return (await fire('el/load')).state.type;
  });
  await withDeployments.unchecked({ 'el/load': load }, async () => {
    const recording = recordWith(({ createFlowRun }) => ({
      async createFlowRun(id, request) {
        const created = await createFlowRun(id, request);
        return { ...created, state: states.at(-1) ?? created.state ?? null };
      },
      readStates: () => Promise.resolve(states),
    }));
    expect(await recording.start(parent)).toMatchObject({ completed: true, value: type });
  });
  expect(load).toHaveBeenCalledTimes(type === 'COMPLETED' ? 2 : 1);
});

it('a parent whose child has no deployment fails before it creates anything for the child', async () => {
  const createStandIn = vi.fn<DeploymentPort['createStandIn']>();
  const createFlowRun = vi.fn<DeploymentPort['createFlowRun']>();
  await withDeployments.unchecked({ 'el/load': () => 1 }, async () => {
    const recording = recordWith(() => ({ createStandIn, createFlowRun }));
    const outcome = await recording.start(flow({ name: 'parent' }, () => fire('el/laod')));
    expect(outcome).toMatchObject({ state: { type: 'FAILED', message: 'There is no deployment "el/laod". Did you mean "el/load"?' } });
  });
  expect([createStandIn.mock.calls, createFlowRun.mock.calls]).toEqual([[], []]);
});

it('a run that the server refuses fails its parent and its stand-in with the deployment and the reason', async () => {
  const settled: unknown[] = [];
  const reason = "Validation failed for the flow's parameters. day: must be string";
  const message = `The server refused a run of deployment el/load: ${reason}`;
  await withDeployments.unchecked({ 'el/load': () => 1 }, async () => {
    const recording = recordWith(() => ({
      createFlowRun: () =>
        Promise.reject(new TributaryError('conflict', `POST http://x was answered 409: ${reason}`, { facts: { reason } })),
      settleStandIn: async (_, state) => void settled.push([state.type, state.message]),
    }));
    const outcome = await recording.start(flow({ name: 'parent' }, () => fire('el/load', { parameters: { day: 5 } })));
    expect(outcome).toMatchObject({ state: { type: 'FAILED', message } });
  });
  expect(settled).toEqual([['FAILED', message]]);
});

it('the stand-in of a child that another run created ends like the child, COMPLETED if the call does not wait, or FAILED if the call is refused', async () => {
  const gate = Promise.withResolvers<void>();
  const settled: unknown[] = [];
  const settleStandIn: DeploymentPort['settleStandIn'] = async (_, { type, message }) => void settled.push([type, message]);
  const fails = (): never => {
    throw new Error('no such table');
  };
  await withDeployments.unchecked({ 'el/load': fails, 'el/reload': () => 1, 'dbt/build': () => gate.promise }, async () => {
    const idempotencyKey = 'nightly';
    await fire('el/load', { idempotencyKey });
    await fire('dbt/build', { idempotencyKey, timeout: 0 });
    const second = flow({ name: 'second' }, async () => {
      await fire('el/load', { idempotencyKey });
      await fire('dbt/build', { idempotencyKey, timeout: 0 });
      await fire('el/load');
      await fire('el/reload', { idempotencyKey });
    });
    expect((await recordWith(() => ({ settleStandIn })).start(second)).completed).toBe(false);
    gate.resolve();
  });
  expect(settled).toEqual([
    ['FAILED', 'no such table'],
    ['COMPLETED', expect.stringMatching(/^Flow run ".*", which another run created, is Scheduled\.$/)],
    ['FAILED', expect.stringContaining('another deployment')],
  ]);
});
