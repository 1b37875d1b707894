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

/** A recording on the deployments that stand in here, some of whose answers differ. */
function recordWith(changes: (port: DeploymentPort) => Partial<DeploymentPort>): Recording {
  const { deployments } = record().port;
  if (!deployments) throw new Error('no stand-ins');
  return record({ deployments: { ...deployments, ...changes(deployments) } });
}

/** Starts the same run again, as its next attempt. */
async function startAgain(recording: Recording, ...[started, parameters, facts]: Parameters<Recording['start']>) {
  const { enter } = recording.port;
  recording.port.enter = async (ticket) => ({ ...(await enter(ticket)), attempt: 2 });
  return recording.start(started, parameters, facts);
}

it('a child flow that a hook calls fires anew after each attempt', async () => {
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

it('the hooks of a run that ended before it began fire each time', async () => {
  const alert = vi.fn<() => void>();
  const strict = flow({ name: 'strict', parameters: z.object({ day: z.iso.date() }), onFailure: () => fire('ops/alert') }, () => 1);
  await withDeployments.unchecked({ 'ops/alert': alert }, async () => {
    const recording = record();
    const facts = { flowRunId: newId<FlowRunId>() };
    for (const day of ['monday', 'tuesday']) await recording.start(strict, { day }, facts);
  });
  expect(alert).toHaveBeenCalledTimes(2);
});

it('what a hook fired is not missed by the attempt after it', async () => {
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

it('a key that two runs use is one run, which one of them has created', async () => {
  const load = vi.fn<() => void>();
  const parent = flow({ name: 'parent', parameters: z.object({ isFirst: z.boolean() }) }, async ({ isFirst }) => {
    // The second has begun before the first asks.
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

it('a key is one flow’s: another flow has its own run, another deployment of the same is refused', async () => {
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
      message: expect.stringMatching(new RegExp(`^The idempotencyKey "nightly" of .*"el/reload".* is that of flow run .*${id}`)),
    });
  });
  expect(stubs['el/reload']).not.toHaveBeenCalled();
});

it('what is left of an earlier try sends nothing to work again that a later one has seen end', async () => {
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

it('a try that hears of what the try before has created says so, and lets it go on', async () => {
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

it('a child that is still being cancelled goes on once it has ended', async () => {
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
])('a child flow that its task calls again, as the try before %s, fires nothing again', async (_, options) => {
  const load = vi.fn<() => void>();
  const ids: string[] = [];
  let tries = 0;
  const gate = Promise.withResolvers<void>();
  const child = flow({ name: 'child' }, async () => {
    ids.push(run().flowRunId);
    await fire('el/load');
    const { signal } = run();
    // In the first try, until it is told to stop, or a while after its task has failed.
    if (ids.length === 1) await Promise.race([gate.promise, new Promise((resolve) => signal.addEventListener('abort', resolve))]);
    signal.throwIfAborted();
  });
  const hasty = task({ name: 'hasty', retries: 1, ...options }, async () => {
    tries += 1;
    const called = child();
    if (tries === 2) gate.resolve();
    if (tries > 1 || 'timeout' in options) return called;
    called.catch(() => undefined);
    await vi.waitFor(() => expect(load).toHaveBeenCalled());
    throw new Error('no disk');
  });
  await withDeployments.unchecked({ 'el/load': load }, async () => {
    expect((await record().start(flow({ name: 'parent' }, () => hasty()))).completed).toBe(true);
  });
  expect(load).toHaveBeenCalledTimes(1);
  expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
});

it('a child flow that runs again counts its attempts on, and has all its retries', async () => {
  const attempts: number[] = [];
  const child = flow({ name: 'child', retries: 1 }, () => {
    attempts.push(run().attempt);
    throw new Error('no');
  });
  await record().start(flow({ name: 'parent', retries: 1 }, () => child()));
  expect(attempts).toEqual([1, 2, 3, 4]);
});

it('what stands in for a deployment gets its parameters as another process does', async () => {
  const load = vi.fn<(parameters: Readonly<Record<string, unknown>>) => void>();
  const parameters = { day: new Date('2026-01-02T00:00:00Z'), table: undefined, part: { limit: undefined, zero: -0 } };
  await withDeployments.unchecked({ 'el/load': load }, () => fire('el/load', { parameters }));
  expect(load.mock.calls[0]?.[0]).toStrictEqual({ day: '2026-01-02T00:00:00.000Z', part: { zero: 0 } });
});

it.each([
  ['goes on', 'in an earlier one', 1, 'COMPLETED'],
  ['stays ended', 'there too', 2, 'CANCELLED'],
])('a child that was cancelled in this attempt %s when that was asked for %s', async (_verb, _when, attempt, type) => {
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

it('a stand-in without a child of its own ends: as the other run’s child, as left, or as refused', async () => {
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
    ['COMPLETED', expect.stringMatching(/^Flow run ".*", which another run has asked for, is Scheduled\.$/)],
    ['FAILED', expect.stringContaining('another deployment')],
  ]);
});
