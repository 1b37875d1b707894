import { isTributaryError, TributaryError } from '@tributary/contract/error';
import type { LeaseId } from '@tributary/contract/id';
import { unlessAborted, within } from '@tributary/contract/wait';

import type { RunContext } from '../context.ts';
import { writeLog } from '../log.ts';
import { timesReleased, waitForSlots } from './freed-slots.ts';
import type { SlotAnswer, SlotPort, SlotRequest } from './slot-port.ts';
import { awaitTurn } from './turns.ts';

/** The checked options of a call of `concurrency` or `rateLimit`. */
export interface SlotCall extends Pick<SlotRequest, 'names' | 'slots' | 'mode' | 'leaseSeconds'> {
  /** how long to wait for the slots, in seconds; null for ever */
  readonly timeout: number | null;
  /** whether an unknown name is an error, and a lost lease stops the work */
  readonly strict: boolean;
  /** whether to omit the warning about an unknown name */
  readonly quiet?: boolean;
  /** called if the slots are not free immediately */
  readonly onWait?: (message: string) => void;
}

/** The shortest wait between two requests in seconds, even if the server asks for a shorter one. */
const shortestWait = 0.05;
/** How long a caller waits for others in this process before it logs the wait, in seconds. */
const quietSeconds = 1;
/** How long the release of slots may delay the code that follows, in seconds. */
export const releaseSeconds = 5;

/**
 * Acquires slots. Callers in this process that want the same slots wait in the order in which they came.
 * @returns the lease to release; null if there is none
 * @throws `timeout`, `not_found` for an unknown limit of a strict call, or the reason why the run stops
 */
export async function acquireSlots(call: SlotCall, port: SlotPort, context: RunContext): Promise<LeaseId | null> {
  const { signal } = context.run;
  const end = call.timeout === null ? Infinity : performance.now() + call.timeout * 1000;
  const left = (): number => Math.max(0, (end - performance.now()) / 1000);
  const late = () => new TributaryError('timeout', `Timed out after ${call.timeout} s waiting for ${count(call)} of ${nameAll(call)}.`);
  const logOnce = once(() => logWait(call, context));
  const timer = setTimeout(logOnce, quietSeconds * 1000);
  let letNext: (() => void) | undefined;
  try {
    letNext = await awaitTurn(port, `${call.mode} ${call.names.toSorted().join('\n')}`, { seconds: left(), signal, late });
    for (;;) {
      const seen = timesReleased(port);
      const answer = await ask(call, port, context);
      if (answer.granted) return await accept(call, answer, port, context);
      if (left() <= 0) throw late();
      logOnce();
      await waitForSlots(port, seen, Math.min(Math.max(answer.retryAfter, shortestWait), left()), signal);
    }
  } finally {
    clearTimeout(timer);
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

function logWait(call: SlotCall, context: RunContext): void {
  const message = `Waiting for ${count(call)} of ${nameAll(call)}.`;
  writeLog(context, 'info', message);
  call.onWait?.(message);
}

/** Requests slots once. Slots that are granted after the run was stopped are released. */
async function ask(call: SlotCall, port: SlotPort, context: RunContext): Promise<SlotAnswer> {
  const { names, slots, mode, leaseSeconds } = call;
  const { run, task } = context;
  run.signal.throwIfAborted();
  const holder = task ? { type: 'task_run' as const, id: task.id } : { type: 'flow_run' as const, id: run.flowRunId };
  const answer = port.take({ names, slots, mode, holder, leaseSeconds }).catch((error: unknown) => {
    if (!isTributaryError(error, 'invalid_request')) throw error;
    const reason = error.facts.reason ?? error.message;
    throw new TributaryError('misuse', `Can't acquire ${count(call)} of ${nameAll(call)}: ${reason}`, { cause: error });
  });
  try {
    await unlessAborted(
      answer.then(() => undefined),
      run.signal,
    );
    return await answer;
  } catch (error) {
    void answer.then((late) => releaseUnused(late, port)).catch(() => undefined);
    throw error;
  }
}

async function releaseUnused(answer: SlotAnswer, port: SlotPort): Promise<void> {
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
    // The caller doesn't use a granted lease: the call fails below, or none of its limits exists.
    await within(releaseSeconds, releaseUnused(answer, port));
    if (call.strict) throw new TributaryError('not_found', `${message}. ${advice}`);
  }
  const isNews = !call.quiet && unknown.filter((name) => context.attempt.count(`no concurrency limit ${name}`) === 0).length > 0;
  if (isNews) writeLog(context, 'warning', `${message}, so nothing is limited. ${advice}`);
  return answer.known.length === 0 ? null : answer.lease;
}

export function nameAll({ names, mode }: SlotCall): string {
  const what = mode === 'concurrency' ? 'concurrency limit' : 'rate limit';
  return `${what}${names.length > 1 ? 's' : ''} ${names.map((name) => `"${name}"`).join(', ')}`;
}

function count({ slots }: SlotCall): string {
  return `${slots} ${slots === 1 ? 'slot' : 'slots'}`;
}
