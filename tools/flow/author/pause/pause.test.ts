import type { State, StateProposalInput } from '@tributary/contract/nouns/state';
import { expect, it, vi } from 'vitest';
import { z } from 'zod';

import { toState } from '../../run/local/local-port.ts';
import type { PausePort } from '../../run/pause/pause-port.ts';
import { record, type Recording } from '../../run/test-support/recording-run.ts';
import { flow } from '../flow.ts';
import { logger } from '../logger.ts';
import { pause, suspend } from './pause.ts';
import { resumeRun } from './resume-run.ts';
import { run } from '../run.ts';
import { secret } from '../secret.ts';
import { task } from '../task.ts';
import { withInput } from './with-input.ts';

/** Creates a recording whose run can be paused. It also has what the server would store about the pause. */
function stand(): Recording & { proposals: StateProposalInput[]; inputs: Map<string, string>; become: (type: State['type']) => void } {
  const inputs = new Map<string, string>();
  const proposals: StateProposalInput[] = [];
  const fired = new Set<string>();
  const stateOf = (type: State['type'], name?: string): State => ({
    ...toState({ type: 'RUNNING' }, recording.port.clock()),
    type,
    name: name ?? type,
  });
  let state: State | null = null;
  const pauses: PausePort = {
    pause: async (_, proposal) => {
      proposals.push(proposal);
      const key = proposal.state_details?.pause_key ?? '';
      if (fired.has(key)) return { paused: false, state: stateOf('RUNNING'), reason: 'fired' };
      fired.add(key);
      state ??= stateOf('PAUSED', proposal.name ?? '');
      return state.type === 'PAUSED' ? { paused: true, state } : { paused: false, state, reason: 'not running' };
    },
    endSuspended: async (_, suspended) => suspended,
    readState: async () => state,
    keepInput: async (_, key, value) => {
      if (inputs.has(key)) return false;
      inputs.set(key, value);
      return true;
    },
    readInput: async (_, key) => JSON.parse(inputs.get(key) ?? 'null') ?? undefined,
    forgetInput: async (_, key) => void inputs.delete(key),
    resume: async () => undefined,
  };
  const recording = record({ pauses, poll: { first: 0.01, longest: 0.01 } });
  return { ...recording, proposals, inputs, become: (type) => void (state = stateOf(type)) };
}

it('a paused run continues when it is resumed, with the input that it asked for', async () => {
  const server = stand();
  const approved = flow({ name: 'approved' }, async () =>
    pause({ input: z.object({ rows: z.int().default(3), who: z.string() }), description: '**Who** are you?', timeout: '1m' }),
  );
  const outcome = server.start(approved);
  await vi.waitFor(() => expect(server.lines().join()).toContain('is paused for at most 60 s'), 30_000);
  expect(server.proposals).toMatchObject([
    {
      type: 'PAUSED',
      name: 'Paused',
      state_details: {
        pause_key: '1',
        pause_reschedule: false,
        run_input_keyset: { schema: 'paused-1-schema', response: 'paused-1-response', description: 'paused-1-description' },
      },
    },
  ]);
  expect(JSON.parse(server.inputs.get('paused-1-schema') ?? '')).toMatchObject({ required: ['who'], additionalProperties: false });
  expect(server.inputs.get('paused-1-description')).toBe('"**Who** are you?"');
  server.inputs.set('paused-1-response', '{"who":"me"}');
  server.become('RUNNING');
  expect(await outcome).toMatchObject({ completed: true, value: { rows: 3, who: 'me' } });
});

it('an attempt that pauses again does not get the input of an earlier attempt', async () => {
  const server = stand();
  server.inputs.set('paused-1-schema', '{}').set('paused-1-response', '{"n":1}');
  const outcome = server.start(flow({ name: 'again' }, () => pause({ input: z.object({ n: z.int() }) })));
  await vi.waitFor(() => expect(server.lines().join()).toContain('is paused'), 30_000);
  expect([...server.inputs.keys()]).toEqual(['paused-1-schema']);
  expect(server.inputs.get('paused-1-schema')).toContain('"n"');
  server.inputs.set('paused-1-response', '{"n":2}');
  server.become('RUNNING');
  expect(await outcome).toMatchObject({ value: { n: 2 } });
});

it('a run that is not resumed in time fails', async () => {
  const outcome = await stand().start(flow({ name: 'late' }, () => pause({ timeout: '50ms' })));
  expect(outcome).toMatchObject({ state: { type: 'FAILED', message: expect.stringMatching(/paused for 0\.05 s and was not resumed/) } });
});

it('a cancel ends a paused run at once, whether it comes from the worker or from the run’s state', async () => {
  const waiting = flow({ name: 'waiting' }, () => pause({ pollInterval: '1h' }));
  const byWorker = stand();
  const one = byWorker.start(waiting);
  await vi.waitFor(() => expect(byWorker.lines()).toHaveLength(1), 30_000);
  byWorker.cancel(new Error('stopped from outside'));
  expect(await one).toMatchObject({ state: { type: 'CANCELLED', message: 'stopped from outside' } });

  const byState = stand();
  const other = byState.start(flow({ name: 'waiting' }, () => pause()));
  await vi.waitFor(() => expect(byState.lines()).toHaveLength(1), 30_000);
  byState.become('CANCELLING');
  expect(await other).toMatchObject({ state: { type: 'CANCELLED' } });
});

it('a run that ends while it is paused keeps its final state', async () => {
  const server = stand();
  const endAttempt = vi.spyOn(server.port, 'endAttempt');
  const outcome = server.start(flow({ name: 'ended' }, () => pause()));
  await vi.waitFor(() => expect(server.lines()).toHaveLength(1), 30_000);
  server.become('CRASHED');
  expect(await outcome).toMatchObject({ completed: false, state: { type: 'CRASHED' } });
  expect(endAttempt).not.toHaveBeenCalled();
});

it('suspend ends the process as Suspended after its tasks; in the next pass it returns', async () => {
  const server = stand();
  const endAttempt = vi.spyOn(server.port, 'endAttempt');
  const after = vi.fn<() => void>();
  const finished: number[] = [];
  const step = task({ name: 'step' }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    finished.push(server.proposals.length);
  });

  const body = async (): Promise<{ ok: boolean }> => {
    step.submit();
    const answer = await suspend({ input: z.object({ ok: z.boolean() }), key: 'approval' });
    after();
    return answer;
  };
  const suspended = flow({ name: 'suspended' }, body);
  expect(await server.start(suspended, {}, { deployment: 'suspended/nightly' })).toMatchObject({
    completed: false,
    state: { type: 'PAUSED', name: 'Suspended' },
  });
  expect(endAttempt).not.toHaveBeenCalled();
  expect(after).not.toHaveBeenCalled();
  expect(server.statesOf('step-0')).toEqual(['Running', 'Completed']);
  expect(finished).toEqual([0]);
  server.inputs.set('suspended-approval-response', '{"ok":true}');
  server.become('RUNNING');
  expect(await server.start(suspended, {}, { deployment: 'suspended/nightly' })).toMatchObject({ completed: true, value: { ok: true } });
  const keys = server.reports.filter(({ state }) => state.type === 'RUNNING').map(({ task_run }) => task_run.dynamic_key);
  expect(new Set(keys).size).toBe(2);
});

it('without a server pause fails with how to start one, unless withInput resumes it', async () => {
  const asks = flow({ name: 'asks' }, async () => [await pause({ input: z.object({ n: z.int() }) }), await suspend()]);
  await expect(asks()).rejects.toThrow(/pause\(\) needs a server.*withInput from @tributary\/flow\/testing/);
  expect(await withInput({ n: 1 }, () => asks())).toEqual([{ n: 1 }, undefined]);
  expect(
    await withInput(
      (key) => ({ n: Number(key) }),
      () => asks(),
    ),
  ).toEqual([{ n: 1 }, undefined]);
  await expect(withInput({ n: 'x' }, () => asks())).rejects.toThrow('was resumed with an input that is not valid: n:');
});

it('a secret is masked in a pause’s description and schema, and is refused as the input of resumeRun', async () => {
  const server = stand();
  Object.assign(server.port, { readSecret: () => Promise.resolve('long-enough-value') });
  const asks = flow({ name: 'asks' }, async () => {
    const token = await secret('token');
    await resumeRun(run().flowRunId, { input: { token } }).catch((error: Error) => logger.info(error.message));
    await pause({ timeout: '10ms', input: z.object({ a: z.string().default(token) }), description: `with ${token}` });
  });
  await server.start(asks);
  expect(server.lines().join()).toContain("pass the secret's name");
  expect(server.inputs.get('paused-1-description')).toBe('"with ********"');
  expect([...server.inputs.values()].join()).not.toContain('long-enough-value');
});

it('invalid calls of pause, suspend and resumeRun are refused, with the option', async () => {
  await expect(pause()).rejects.toThrow('pause() was called outside a flow');
  const server = stand();
  const fails = async (body: () => unknown, message: string | RegExp): Promise<void> => {
    expect(await server.start(flow({ name: 'f' }, body))).toMatchObject({ state: { message: expect.stringMatching(message) } });
  };
  await fails(() => pause({ key: 'a b' }), /key of pause\(\) in flow "f" is "a b"/);
  await fails(() => pause({ input: z.object({ at: z.date() }) }), /input at is a date, which JSON can't hold/);
  await fails(() => suspend(), /can't be suspended: it isn't a run of a deployment/);
  await fails(
    task({ name: 't' }, () => suspend()),
    /suspend\(\) was called in task "t-0"/,
  );
  await fails(() => resumeRun('x'), /resumeRun\("x"\) has an invalid id: give the id/);
  await fails(() => resumeRun(run().flowRunId, { input: { at: new Date(0) } }), /input\.at: a Date/);
  await fails(
    () => resumeRun(run().flowRunId, { input: { ids: [1, 2 ** 60] } }),
    /input\.ids\[1\] is 1152921504606847000.*write it as a text/,
  );
  await fails(() => resumeRun(run().flowRunId, { input: { id: 356686000032329832n } }), /write it as a text, "356686000032329832"/);
  await fails(() => pause({ input: z.object({ id: z.number().default(2 ** 60) }) }), /the default of input id is 1152921504606847000/);
});
