import { TributaryError } from '@tributary/contract/error';
import { addSeconds, fromMillis } from '@tributary/contract/moment';
import { wait } from '@tributary/contract/wait';
import type { z } from 'zod';

import type { RunContext } from '../context.ts';
import { giveUp } from './give-up.ts';
import { endSuspended, outlast } from './heed-pause.ts';
import { keepSchema, keysOf, type PauseKeys, readAnswer } from './pause-input.ts';
import { writeLog } from '../log.ts';
import { mayBegin } from './may-begin.ts';
import type { PauseAnswer, PausePort } from './pause-port.ts';
import { pollDelays } from '../poll-range.ts';

/** What one call of pause or suspend asks for, read and checked. */
export interface PauseCall {
  readonly kind: 'pause' | 'suspend';
  readonly key: string;
  /** seconds; null waits for ever */
  readonly timeout: number | null;
  readonly input: z.ZodObject | null;
  /** Markdown, for whoever gives the input */
  readonly description: string | null;
  /** seconds; null: short at first, then longer */
  readonly pollInterval: number | null;
}

const verbs = { pause: { name: 'Paused', done: 'paused' }, suspend: { name: 'Suspended', done: 'suspended' } } as const;

/**
 * Pauses or suspends the run. A call whose key was resumed before, in this run, returns at once with the input of then.
 * @returns the input that it was resumed with; undefined when it asks for none
 */
export async function pauseRun(call: PauseCall, port: PausePort, context: RunContext): Promise<unknown> {
  const { flowRunId, flowRunName, signal } = context.run;
  const { name, done } = verbs[call.kind];
  await mayBegin(context);
  const keys = call.input ? keysOf(name, call.key) : null;
  const schema = call.input && keys ? await keepSchema(call.input, call.description, keys, port, context) : null;
  // What was begun is finished, and cached if it is to be: the next pass begins with the process.
  if (call.kind === 'suspend') await settled(context.attempt.idle(), signal);
  signal.throwIfAborted();
  context.attempt.pauses(call.key);
  const askToPause = (): Promise<PauseAnswer> =>
    port.pause(flowRunId, {
      type: 'PAUSED',
      name,
      state_details: {
        pause_key: call.key,
        pause_reschedule: call.kind === 'suspend',
        pause_timeout: call.timeout === null ? null : addSeconds(fromMillis(Date.now()), call.timeout),
        ...(keys ? { run_input_keyset: { ...keys } } : {}),
      },
    });
  let answer = await askToPause();
  while (!answer.paused) {
    if (answer.state?.type === 'RUNNING') return readAnswer(call.input, keys, port, context);
    if (answer.state?.type !== 'PAUSED') giveUp(answer.state, answer.reason, `${call.kind}, or go on`, context);
    // Somebody has paused it from outside, and the worker has not said so yet.
    const suspended = await outlast(port, context);
    if (suspended) await endSuspended(suspended, port, context);
    answer = await askToPause();
  }
  await schema?.renew();
  if (call.kind === 'suspend') {
    const reason = new TributaryError('cancelled', `Flow run "${flowRunName}" is suspended.`);
    writeLog(context, 'info', `Flow run "${flowRunName}" is suspended: it begins anew once it is resumed.`);
    context.attempt.endAs(answer.state, reason);
    throw reason;
  }
  const { waits, until } = howToGoOn(call, keys);
  writeLog(context, 'info', `Flow run "${flowRunName}" is ${done}${until}: ${waits}`);
  await resumed(call, port, context);
  writeLog(context, 'info', `Flow run "${flowRunName}" is resumed.`);
  return readAnswer(call.input, keys, port, context);
}

function howToGoOn(call: PauseCall, keys: PauseKeys | null): { waits: string; until: string } {
  return {
    until: call.timeout === null ? '' : ` for at most ${call.timeout} s`,
    waits: keys ? 'it goes on when it is resumed with its input.' : 'it goes on when it is resumed.',
  };
}

/** Resolves with the promise, or as soon as the signal is aborted. */
async function settled(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const stop = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => stop.resolve(), { once: true });
  if (!signal.aborted) await Promise.race([promise, stop.promise]);
}

/** Looks until somebody has resumed the run. @throws `timeout`, or the reason to stop */
async function resumed(call: PauseCall, port: PausePort, context: RunContext): Promise<void> {
  const { flowRunId, flowRunName, signal } = context.run;
  const end = call.timeout === null ? Infinity : performance.now() + call.timeout * 1000;
  for (const delay of pollDelays(context.port.poll, call.pollInterval)) {
    const left = (end - performance.now()) / 1000;
    await wait(Math.max(0, Math.min(delay, left)), signal);
    const state = await port.readState(flowRunId);
    if (state?.type === 'RUNNING') return;
    if (state?.type !== 'PAUSED') giveUp(state, 'it was deleted', `${call.kind}, or go on`, context);
    if (left <= 0)
      throw new TributaryError('timeout', `Flow run "${flowRunName}" was paused for ${call.timeout} s, and nobody resumed it.`);
  }
}
