import { TributaryError } from '@tributary/contract/error';
import { addSeconds, fromMillis } from '@tributary/contract/moment';
import { unlessAborted, wait } from '@tributary/contract/wait';
import type { z } from 'zod';

import type { RunContext } from '../context.ts';
import { giveUp } from './give-up.ts';
import { endSuspended, untilResumed } from './heed-pause.ts';
import { keepSchema, keysOf, type PauseKeys, readAnswer } from './pause-input.ts';
import { writeLog } from '../log.ts';
import { mayBegin } from './may-begin.ts';
import type { PauseAnswer, PausePort } from './pause-port.ts';
import { pollDelays } from '../poll-range.ts';

/** The checked options of a call of `pause` or `suspend`. */
export interface PauseCall {
  readonly kind: 'pause' | 'suspend';
  readonly key: string;
  /** how long the run may be paused, in seconds; null for ever */
  readonly timeout: number | null;
  readonly input: z.ZodObject | null;
  /** Markdown for the person who gives the input */
  readonly description: string | null;
  /** seconds between two requests; null for waits that grow */
  readonly pollInterval: number | null;
}

const verbs = { pause: { name: 'Paused', done: 'paused' }, suspend: { name: 'Suspended', done: 'suspended' } } as const;

/**
 * Pauses or suspends the run. If the run was already paused and resumed with the same key, this returns immediately with the input given then.
 * @returns the input that the run was resumed with; undefined if the call asks for none
 * @throws `timeout` if a paused run was not resumed in time, or the reason why the run stops
 */
export async function pauseRun(call: PauseCall, port: PausePort, context: RunContext): Promise<unknown> {
  const { flowRunId, flowRunName, signal } = context.run;
  const { name, done } = verbs[call.kind];
  await mayBegin(context);
  const keys = call.input ? keysOf(name, call.key) : null;
  const schema = call.input && keys ? await keepSchema(call.input, call.description, keys, port, context) : null;
  // Waits for the tasks that have begun, so that their results are cached when the run starts again in another process.
  if (call.kind === 'suspend') await unlessAborted(context.attempt.idle(), signal);
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
    if (answer.state?.type !== 'PAUSED') giveUp(answer.state, answer.reason, `${call.kind} or continue`, context);
    // The run was paused from outside, and the worker has not reported it yet.
    const suspended = await untilResumed(port, context);
    if (suspended) await endSuspended(suspended, port, context);
    answer = await askToPause();
  }
  await schema?.renew();
  if (call.kind === 'suspend') {
    const reason = new TributaryError('cancelled', `Flow run "${flowRunName}" is suspended.`);
    writeLog(context, 'info', `Flow run "${flowRunName}" is suspended: it starts again when it is resumed.`);
    context.attempt.endAs(answer.state, reason);
    throw reason;
  }
  const { waits, until } = howToContinue(call, keys);
  writeLog(context, 'info', `Flow run "${flowRunName}" is ${done}${until}: ${waits}`);
  await resumed(call, port, context);
  writeLog(context, 'info', `Flow run "${flowRunName}" was resumed.`);
  return readAnswer(call.input, keys, port, context);
}

function howToContinue(call: PauseCall, keys: PauseKeys | null): { waits: string; until: string } {
  return {
    until: call.timeout === null ? '' : ` for at most ${call.timeout} s`,
    waits: keys ? 'it continues when it is resumed with its input.' : 'it continues when it is resumed.',
  };
}

/** Polls until the run is resumed. @throws `timeout`, or the reason why the run stops */
async function resumed(call: PauseCall, port: PausePort, context: RunContext): Promise<void> {
  const { flowRunId, flowRunName, signal } = context.run;
  const end = call.timeout === null ? Infinity : performance.now() + call.timeout * 1000;
  for (const delay of pollDelays(context.port.poll, call.pollInterval)) {
    const left = (end - performance.now()) / 1000;
    await wait(Math.max(0, Math.min(delay, left)), signal);
    const state = await port.readState(flowRunId);
    if (state?.type === 'RUNNING') return;
    if (state?.type !== 'PAUSED') giveUp(state, 'it was deleted', `${call.kind} or continue`, context);
    if (left <= 0) throw new TributaryError('timeout', `Flow run "${flowRunName}" was paused for ${call.timeout} s and was not resumed.`);
  }
}
