import type { State, StateDetails } from '@tributary/contract/nouns/state';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { flow } from '../../author/flow.ts';
import { pause } from '../../author/pause/pause.ts';
import { runDeployment } from '../../author/children/run-deployment.ts';
import { task } from '../../author/task.ts';
import type { EnginePort } from '../engine-port.ts';
import { toState } from '../local/local-port.ts';
import type { PausePort } from './pause-port.ts';
import { turnUntil, turnUntilTrue, useFakeClock } from '../test-support/fake-time.ts';
import { record, type Recording } from '../test-support/recording-run.ts';

beforeEach(useFakeClock);
afterEach(() => vi.useRealTimers());

interface Outside extends Recording {
  /** Gives the run another state from outside. The worker reports a pause, unless this is done `quietly`. */
  become(type: State['type'], details?: Partial<StateDetails>, how?: 'quietly'): void;
  readonly left: State[];
}

/** Creates a server for one run, whose state the test can change from outside. */
function stand(changes: Partial<EnginePort> = {}): Outside {
  const left: State[] = [];
  let state: State | null = null;
  let outsidePause: EnginePort['outsidePause'] = null;
  const pauses: PausePort = {
    async pause(_, proposal) {
      if (state?.type === 'PAUSED') return { paused: false, state, reason: 'not running' };
      const paused = { ...toState(proposal, recording.port.clock()), state_details: { pause_key: proposal.state_details?.pause_key } };
      state = paused;
      outsidePause = Promise.resolve(paused);
      return { paused: true, state: paused };
    },
    async endSuspended(_, suspended) {
      left.push(suspended);
      return suspended;
    },
    readState: async () => state,
    keepInput: async () => true,
    readInput: async () => undefined,
    forgetInput: async () => undefined,
    resume: async () => undefined,
  };
  const recording = record({ pauses, poll: { first: 1, longest: 1 }, ...changes });
  Object.defineProperty(recording.port, 'outsidePause', { get: () => outsidePause });
  recording.port.forgetOutsidePause = (old) => void (outsidePause === old && (outsidePause = null));
  return {
    ...recording,
    left,
    become(type, details = {}, how) {
      state = { ...toState({ type: 'RUNNING' }, recording.port.clock()), type, name: type, state_details: details };
      if (type === 'PAUSED' && !how) outsidePause = Promise.resolve(state);
    },
  };
}

const suspended = { pause_reschedule: true };
const aMinute = () => vi.advanceTimersByTimeAsync(60_000);
const said = (run: Recording, text: string) => turnUntilTrue(() => run.lines().join().includes(text));
const nothing = async (): Promise<void> => {};

describe('a run that is paused from outside', () => {
  it('finishes its running tasks, begins no further ones, also in child flows, and continues when it is resumed', async () => {
    const server = stand();
    const underway = Promise.withResolvers<void>();
    const long = task({ name: 'long' }, () => underway.promise);
    const short = task({ name: 'short' }, nothing);
    const child = flow({ name: 'child' }, async () => {
      await long();
      await short();
    });
    const outcome = server.start(
      flow({ name: 'parent' }, async () => {
        const inside = child();
        await long.submit().wait();
        await short();
        await inside;
      }),
    );
    await turnUntilTrue(() => server.reports.length === 2);
    server.become('PAUSED');
    underway.resolve();
    await said(server, 'was paused from outside: it continues when it is resumed.');
    await aMinute();
    expect(server.reports.map(({ state, task_run }) => `${task_run.name} ${state.name}`).slice(2)).toEqual([
      'long-0 Completed',
      'long-0 Completed',
    ]);
    server.become('RUNNING');
    expect(await turnUntil(outcome)).toMatchObject({ completed: true });
    expect(server.lines()).toEqual([expect.stringMatching(/paused from outside/), expect.stringMatching(/was resumed/)]);
    expect(server.reports).toHaveLength(8);
  });

  it('waits again when it is paused again', async () => {
    const server = stand();
    const step = task({ name: 'step' }, nothing);
    server.become('PAUSED');
    const outcome = server.start(
      flow({ name: 'twice' }, async () => {
        await step();
        await step();
        server.become('PAUSED');
        await step();
      }),
    );
    await said(server, 'was paused');
    expect(server.reports).toEqual([]);
    server.become('RUNNING');
    await turnUntilTrue(() => server.statesOf('step-1').includes('Completed'));
    await aMinute();
    expect(server.statesOf('step-2')).toEqual([]);
    server.become('RUNNING');
    expect(await turnUntil(outcome)).toMatchObject({ completed: true });
  });

  it.each(['CANCELLED', 'FAILED', 'CRASHED'] as const)('and is %s while it is paused keeps that state', async (type) => {
    const server = stand();
    const endAttempt = vi.spyOn(server.port, 'endAttempt');
    server.become('PAUSED');
    const outcome = server.start(flow({ name: 'ended' }, task({ name: 'step' }, nothing)));
    await said(server, 'was paused');
    server.become(type);
    expect(await turnUntil(outcome)).toMatchObject({ completed: false, state: { type } });
    expect(endAttempt).not.toHaveBeenCalled();
    expect(server.reports).toEqual([]);
  });

  it('and is cancelled while it is paused ends as cancelled', async () => {
    const server = stand();
    server.become('PAUSED');
    const outcome = server.start(flow({ name: 'ended' }, task({ name: 'step' }, nothing)));
    await said(server, 'was paused');
    server.become('CANCELLING');
    expect(await turnUntil(outcome)).toMatchObject({ state: { type: 'CANCELLED', message: 'The run was cancelled.' } });
  });

  it('and then pauses itself waits for both pauses to end, one after the other', async () => {
    const server = stand();
    server.become('PAUSED', {}, 'quietly');
    const outcome = server.start(flow({ name: 'both' }, () => pause({ key: 'own' })));
    await said(server, 'was paused from outside');
    server.become('RUNNING');
    await said(server, 'is paused for at most 300 s');
    server.become('RUNNING');
    expect(await turnUntil(outcome)).toMatchObject({ completed: true });
  });

  it('does not create runs of deployments', async () => {
    const find = vi.fn<() => Promise<undefined>>(() => Promise.resolve(undefined));
    const createFlowRun = vi.fn<() => Promise<never>>(() => Promise.reject(new Error('fired')));
    const server = stand({
      deployments: {
        find: async () => ({ id: 'x', flow_id: 'y' }),
        names: async () => [],
        settleStandIn: () => Promise.resolve(),
        createStandIn: () => createFlowRun(),
        createFlowRun,
        readFlowRun: () => createFlowRun(),
        awaitEnd: null,
        labelFlowRun: async () => undefined,
        endsChildren: true,
        cancelFlowRun: async () => undefined,
        retryFlowRun: () => createFlowRun(),
        readChildren: async () => [],
        readStates: async () => [],
      },
    });
    server.become('PAUSED');
    const outcome = server.start(flow({ name: 'fires' }, () => runDeployment.unchecked('a/b')));
    await said(server, 'was paused');
    expect(createFlowRun).not.toHaveBeenCalled();
    server.become('RUNNING');
    expect(await turnUntil(outcome)).toMatchObject({ state: { message: 'fired' } });
    expect(find).not.toHaveBeenCalled();
  });
});

it('a run that pauses itself still begins other tasks', async () => {
  const server = stand();
  const step = task({ name: 'step' }, nothing);
  const outcome = server.start(
    flow({ name: 'parallel' }, async () => {
      await Promise.all([pause(), said(server, 'is paused').then(() => step())]);
    }),
  );
  await turnUntilTrue(() => server.statesOf('step-0').includes('Completed'));
  server.become('RUNNING');
  expect(await turnUntil(outcome)).toMatchObject({ completed: true });
});

describe('a run that is suspended from outside', () => {
  it('ends as Suspended at its next task, once its running tasks have ended', async () => {
    const server = stand();
    const endAttempt = vi.spyOn(server.port, 'endAttempt');
    const underway = Promise.withResolvers<number>();
    const long = task({ name: 'long' }, () => underway.promise);
    const next = task({ name: 'next' }, (from: number) => from);
    const never = vi.fn<() => void>();
    const outcome = server.start(
      flow({ name: 'suspended' }, async () => {
        const first = long.submit();
        await turnUntilTrue(() => server.statesOf('long-0').includes('Running'));
        server.become('PAUSED', suspended);
        const second = next.submit(1);
        // This task waits for a task that does not begin.
        next.submit(second);
        await first.wait();
        await next(2);
        never();
      }),
    );
    await said(server, 'was suspended from outside');
    await aMinute();
    expect(server.left).toEqual([]);
    underway.resolve(1);
    expect(await turnUntil(outcome)).toMatchObject({ completed: false, state: { type: 'PAUSED' } });
    expect(server.left).toHaveLength(1);
    expect(endAttempt).not.toHaveBeenCalled();
    expect(never).not.toHaveBeenCalled();
    expect(['long-0', 'next-0', 'next-1', 'next-2'].map(server.statesOf)).toEqual([
      ['Running', 'Completed'],
      [],
      ['Pending', 'Cancelled'],
      [],
    ]);
    expect(server.lines()).toHaveLength(1);
  });

  it('lets a running task call further tasks', async () => {
    const server = stand();
    const step = task({ name: 'step' }, nothing);
    const outer = task({ name: 'outer' }, async () => {
      server.become('PAUSED', suspended);
      await step();
    });
    const outcome = server.start(
      flow({ name: 'nested' }, async () => {
        await outer();
        await step();
      }),
    );
    expect(await turnUntil(outcome)).toMatchObject({ state: { type: 'PAUSED' } });
    expect(['outer-0', 'step-0', 'step-1'].map(server.statesOf)).toEqual([['Running', 'Completed'], ['Running', 'Completed'], []]);
  });

  it('lets a running child flow end', async () => {
    const server = stand();
    const step = task({ name: 'step' }, nothing);
    const child = flow({ name: 'child' }, async () => {
      await step();
      server.become('PAUSED', suspended);
      await step();
      return 'child';
    });
    const seen: unknown[] = [];
    const outcome = server.start(
      flow({ name: 'parent' }, async () => {
        seen.push(await child());
        await child();
      }),
    );
    expect(await turnUntil(outcome)).toMatchObject({ state: { type: 'PAUSED' } });
    expect(seen).toEqual(['child']);
    expect(['step-0', 'step-1', 'step-2'].map(server.statesOf)).toEqual([['Running', 'Completed'], ['Running', 'Completed'], []]);
  });

  it('continues to its end, with its hooks, if it has no further tasks', async () => {
    const server = stand();
    const step = task({ name: 'step' }, nothing);
    const last = flow({ name: 'last', onCompletion: () => step() }, async () => {
      await step();
      server.become('PAUSED', suspended);
      return 1;
    });
    expect(await turnUntil(server.start(last))).toMatchObject({ completed: true, value: 1 });
    expect(server.statesOf('step-1')).toEqual(['Running', 'Completed']);
  });

  it('ends immediately if it is resumed before its tasks have ended, because it starts again in another process', async () => {
    const server = stand();
    const step = task({ name: 'step' }, nothing);
    const long = task({ name: 'long' }, () => new Promise(() => undefined));
    const outcome = server.start(
      flow({ name: 'resumed' }, async () => {
        long.submit();
        await turnUntilTrue(() => server.statesOf('long-0').includes('Running'));
        server.become('PAUSED', suspended);
        await step();
      }),
    );
    await said(server, 'was suspended');
    server.become('RUNNING');
    expect(await turnUntil(outcome)).toMatchObject({ completed: false, state: { type: 'PAUSED' } });
    expect(server.left).toEqual([]);
    expect(server.statesOf('long-0')).toEqual(['Running', 'Cancelled']);
  });

  it('and then pauses itself ends as suspended', async () => {
    const server = stand();
    server.become('PAUSED', suspended, 'quietly');
    const outcome = server.start(
      flow(
        { name: 'both' },
        task({ name: 'asks' }, () => pause({ key: 'own' })),
      ),
    );
    expect(await turnUntil(outcome)).toMatchObject({ state: { type: 'PAUSED', state_details: suspended } });
  });
});
