import { isTributaryError, messageOf, TributaryError } from '@tributary/contract/error';
import type { LeaseId } from '@tributary/contract/id';
import { within } from '@tributary/contract/wait';

import type { RunContext } from '../context.ts';
import { writeLog } from '../log.ts';
import { timesFreed, waitForSlots } from './freed-slots.ts';
import type { SlotAnswer, SlotPort, SlotRequest } from './slot-port.ts';
import { awaitTurn } from './turns.ts';

/** What one call of concurrency or rateLimit asks for, read and checked. */
export interface SlotCall extends Pick<SlotRequest, 'names' | 'slots' | 'mode' | 'leaseSeconds'> {
  /** seconds; null waits for ever */
  readonly timeout: number | null;
  /** whether an unknown name is an error, and a lost lease ends the work */
  readonly strict: boolean;
  /** whether an unknown name is nothing to speak of */
  readonly quiet?: boolean;
  /** told why, when they are not free at once */
  readonly onWait?: (message: string) => void;
}

/** The least seconds between two questions, whatever the server says. */
const leastWait = 0.05;
/** Seconds after which somebody who stands behind others says so. */
const patienceSeconds = 1;
/** Seconds that the return of slots may hold up what comes after it. */
export const returnSeconds = 5;

/**
 * Waits for slots, behind all in this process that want the same.
 * @returns the lease to give back; null when there is none
 * @throws `timeout`, `not_found`, or the reason to stop
 */
export async function takeSlots(call: SlotCall, port: SlotPort, context: RunContext): Promise<LeaseId | null> {
  const { signal } = context.run;
  const end = call.timeout === null ? Infinity : performance.now() + call.timeout * 1000;
  const left = (): number => Math.max(0, (end - performance.now()) / 1000);
  const late = () => new TributaryError('timeout', `Waited ${call.timeout} s for ${count(call)} of ${nameAll(call)}, in vain.`);
  const say = once(() => sayWait(call, context));
  const impatient = setTimeout(say, patienceSeconds * 1000);
  let letNext: (() => void) | undefined;
  try {
    letNext = await awaitTurn(port, `${call.mode} ${call.names.toSorted().join('\n')}`, { seconds: left(), signal, late });
    for (;;) {
      const seen = timesFreed(port);
      const answer = await ask(call, port, context);
      if (answer.granted) return await accept(call, answer, port, context);
      if (left() <= 0) throw late();
      say();
      await waitForSlots(port, seen, Math.min(Math.max(answer.retryAfter, leastWait), left()), signal);
    }
  } finally {
    clearTimeout(impatient);
    letNext?.();
  }
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}

function sayWait(call: SlotCall, context: RunContext): void {
  const message = `Waits for ${count(call)} of ${nameAll(call)}.`;
  writeLog(context, 'info', message);
  call.onWait?.(message);
}

/** A grant that arrives after the run was told to stop is given back. */
async function ask({ names, slots, mode, leaseSeconds }: SlotCall, port: SlotPort, context: RunContext): Promise<SlotAnswer> {
  const { run, task } = context;
  run.signal.throwIfAborted();
  const holder = task ? { type: 'task_run' as const, id: task.id } : { type: 'flow_run' as const, id: run.flowRunId };
  const answer = port.take({ names, slots, mode, holder, leaseSeconds }).catch((error: unknown) => {
    if (!isTributaryError(error, 'invalid_request')) throw error;
    const reason = error.facts['reason'] ?? messageOf(error);
    throw new TributaryError('misuse', `${slots} of ${names.join(', ')} can't be taken: ${String(reason)}`, { cause: error });
  });
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(run.signal.reason);
  run.signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([answer, stopped]);
  } catch (error) {
    void answer.then((late) => returnUnused(late, port)).catch(() => undefined);
    throw error;
  } finally {
    run.signal.removeEventListener('abort', stop);
  }
}

async function returnUnused(answer: SlotAnswer, port: SlotPort): Promise<void> {
  if (answer.granted && answer.lease) await port.hold(answer.lease, { seconds: Infinity, lost: () => undefined, late: () => undefined })();
}

async function accept(
  call: SlotCall,
  answer: Extract<SlotAnswer, { granted: true }>,
  port: SlotPort,
  context: RunContext,
): Promise<LeaseId | null> {
  const unknown = call.names.filter((name) => !answer.known.includes(name));
  if (unknown.length === 0) return answer.lease;
  const message = `There is no concurrency limit ${unknown.map((name) => `"${name}"`).join(', ')}`;
  const advice = `Create it with: npx tributary concurrency-limit create ${unknown[0]} 1${call.mode === 'concurrency' ? '' : ' --decay 1'}`;
  if (call.strict || answer.known.length === 0) {
    // Nothing is limited by it.
    await within(returnSeconds, returnUnused(answer, port));
    if (call.strict) throw new TributaryError('not_found', `${message}. ${advice}`);
  }
  const isNews = !call.quiet && unknown.filter((name) => context.attempt.count(`no concurrency limit ${name}`) === 0).length > 0;
  if (isNews) writeLog(context, 'warning', `${message}, so it limits nothing. ${advice}`);
  return answer.known.length === 0 ? null : answer.lease;
}

export function nameAll({ names, mode }: SlotCall): string {
  const what = mode === 'concurrency' ? 'concurrency limit' : 'rate limit';
  return `the ${what}${names.length > 1 ? 's' : ''} ${names.map((name) => `"${name}"`).join(', ')}`;
}

function count({ slots }: SlotCall): string {
  return `${slots} ${slots === 1 ? 'slot' : 'slots'}`;
}
