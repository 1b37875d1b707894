import { isTributaryError, messageOf, TributaryError } from '@tributary/contract/error';
import type { LeaseId } from '@tributary/contract/id';

import { inContext, type RunContext } from './context.ts';
import { writeLog } from './log.ts';
import type { SlotAnswer, SlotPort, SlotRequest } from './slot-port.ts';
import { wait, within } from './wait.ts';

/** What one call of concurrency or rateLimit asks for, read and checked. */
export interface SlotCall extends Pick<SlotRequest, 'names' | 'slots' | 'mode'> {
  /** seconds; null waits for ever */
  readonly timeout: number | null;
  /** whether an unknown name is an error, and a lost lease ends the work */
  readonly strict: boolean;
}

/** The least seconds between two questions, whatever the server says. */
const leastWait = 0.05;
/** Seconds that the return of slots may hold up what comes after it. */
const returnSeconds = 5;

/** Runs the body while slots are held; they are given back however it ends. */
export async function withSlots<Result>(
  call: SlotCall,
  port: SlotPort,
  context: RunContext,
  body: () => Result | Promise<Result>,
): Promise<Result> {
  const lease = await takeSlots(call, port, context);
  if (lease === null) return body();
  const { signal } = context.run;
  const controller = new AbortController();
  const stop = (): void => controller.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const { promise: lost, reject } = Promise.withResolvers<never>();
  const giveBack = port.hold(lease, {
    lost() {
      const message = `The slots of ${nameAll(call)} were lost: their lease had lapsed.`;
      if (!call.strict) return writeLog(context, 'warning', `${message} The work goes on, and others may work beside it.`);
      const error = new TributaryError('locked', message);
      controller.abort(error);
      reject(error);
    },
    late: (reason) => writeLog(context, 'warning', `The lease of ${nameAll(call)} could not be renewed yet: ${reason}`),
  });
  try {
    return await Promise.race([inContext({ ...context, run: { ...context.run, signal: controller.signal } }, body), lost]);
  } finally {
    signal.removeEventListener('abort', stop);
    await within(returnSeconds, giveBack());
  }
}

/** Waits for slots. @returns the lease to give back; null when there is none @throws `timeout`, `not_found`, or the reason to stop */
export async function takeSlots(call: SlotCall, port: SlotPort, context: RunContext): Promise<LeaseId | null> {
  const { signal } = context.run;
  const end = call.timeout === null ? Infinity : performance.now() + call.timeout * 1000;
  for (let asked = 0; ; asked += 1) {
    const answer = await ask(call, port, context);
    if (answer.granted) return accept(call, answer, port, context);
    const left = (end - performance.now()) / 1000;
    if (left <= 0) throw new TributaryError('timeout', `Waited ${call.timeout} s for ${count(call)} of ${nameAll(call)}, in vain.`);
    if (asked === 0) writeLog(context, 'info', `Waits for ${count(call)} of ${nameAll(call)}.`);
    await wait(Math.min(Math.max(answer.retryAfter, leastWait), left), signal);
  }
}

/** A grant that arrives after the run was told to stop is given back. */
async function ask({ names, slots, mode }: SlotCall, port: SlotPort, context: RunContext): Promise<SlotAnswer> {
  const { run, task } = context;
  run.signal.throwIfAborted();
  const holder = task ? { type: 'task_run' as const, id: task.id } : { type: 'flow_run' as const, id: run.flowRunId };
  const answer = port.take({ names, slots, mode, holder }).catch((error: unknown) => {
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
  if (answer.granted && answer.lease) await port.hold(answer.lease, { lost: () => undefined, late: () => undefined })();
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
  const advice = `Create it with: npx tributary concurrency-limit create ${unknown[0]}`;
  if (call.strict || answer.known.length === 0) {
    // Nothing is limited by it.
    await within(returnSeconds, returnUnused(answer, port));
    if (call.strict) throw new TributaryError('not_found', `${message}. ${advice}`);
  }
  const isNews = unknown.filter((name) => context.attempt.count(`no concurrency limit ${name}`) === 0).length > 0;
  if (isNews) writeLog(context, 'warning', `${message}, so it limits nothing. ${advice}`);
  return answer.known.length === 0 ? null : answer.lease;
}

function nameAll({ names, mode }: SlotCall): string {
  const what = mode === 'concurrency' ? 'concurrency limit' : 'rate limit';
  return `the ${what}${names.length > 1 ? 's' : ''} ${names.map((name) => `"${name}"`).join(', ')}`;
}

function count({ slots }: SlotCall): string {
  return `${slots} ${slots === 1 ? 'slot' : 'slots'}`;
}
