import { isTributaryError, TributaryError } from '@tributary/contract/error';
import type { StateProposalInput } from '@tributary/contract/nouns/state';
import { within } from '@tributary/contract/wait';

import type { FlowDefinition } from './flow-definition.ts';
import { inContext, type RunContext } from './context.ts';
import { describeFailure, whereThrown } from './failure.ts';
import { withResults } from './task/inputs.ts';
import { writeLog } from './log.ts';
import { keepResult } from './result.ts';

/** How one attempt ended, before anybody was asked. */
export interface AttemptEnding {
  readonly proposal: StateProposalInput;
  readonly value?: unknown;
  readonly error?: unknown;
  /** asked just before it is proposed: what it is by then, when the body has resolved after its grace */
  readonly revise?: () => AttemptEnding;
}

/**
 * Seconds that user code and its tasks have to put things in order once they are told to stop, before they are left alone. A worker that
 * cancels waits for 30 s, and a process that has to go for 7 s: the run's own end comes before.
 */
const graceSeconds = { cancelled: 20, crashed: 5, failed: 2, held: 2 } as const;

/** Runs the author's function once, and waits for the tasks that it left underway. */
export async function runFlowAttempt(
  flow: FlowDefinition,
  parameters: Record<string, unknown>,
  context: RunContext,
): Promise<AttemptEnding> {
  const { signal } = context.run;
  const stop = (reason: TributaryError): void => context.attempt.stop(reason);
  const timer = flow.timeout === null ? undefined : setTimeout(late, Math.min(flow.timeout * 1000, 2 ** 31 - 1));
  function late(): void {
    stop(new TributaryError('timeout', `Flow run "${context.run.flowRunName}" took longer than its timeout of ${flow.timeout} s.`));
  }
  const work = inContext(context, () => runBody(flow, parameters, context));
  let resolved: { readonly value: unknown } | undefined;
  const completed = (value: unknown, message?: string): AttemptEnding => {
    const { data, leftOut } = keepResult(value);
    if (leftOut && context.port.served) writeLog(context, 'warning', leftOut);
    return { proposal: { type: 'COMPLETED', ...(message ? { message } : {}), ...(data ? { data } : {}) }, value };
  };
  const grace = graceAfter(signal, work, () => (context.attempt.heldAs ? graceSeconds.held : graceOf(signal.reason)));
  try {
    const value = await Promise.race([work, grace.over]);
    if (!countsAsDone(context)) return endingOf(signal.reason);
    return completed(value, context.run.attempt > 1 ? await warnOfUnasked(context) : undefined);
  } catch (error) {
    if (signal.aborted) {
      work.then(
        (value) => void (resolved = { value }),
        () => undefined,
      );
      await within(grace.left(), context.attempt.idle());
      const ending = endingOf(signal.reason);
      return { ...ending, revise: () => (resolved && countsAsDone(context) ? completed(resolved.value) : ending) };
    }
    stop(new TributaryError('cancelled', `Flow run "${context.run.flowRunName}" has failed, so its other tasks stop.`));
    await within(graceSeconds.failed, context.attempt.idle());
    const message = describeFailure(error);
    // Without a server the caller gets the error itself.
    if (context.port.served) {
      const where = whereThrown(error, context.run.cwd);
      writeLog(context, 'error', `Flow run "${context.run.flowRunName}" failed: ${message}${where ? ` (${where})` : ''}`);
    }
    return { proposal: { type: 'FAILED', message }, error };
  } finally {
    clearTimeout(timer);
    context.attempt.abandonAll('The flow ended before this task did.');
  }
}

async function warnOfUnasked(context: RunContext): Promise<string | undefined> {
  const { unaskedChildren } = await import('./children/unasked-children.ts');
  const warning = await unaskedChildren(context);
  if (warning) writeLog(context, 'warning', warning);
  return warning;
}

/**
 * Whether a body that has resolved did all its work. Who cancels a run, and a timeout, mean its end. A worker that is gone or stopped says
 * nothing of the work: it counts, unless a task or a call was cut short by it, or an exception escaped.
 */
function countsAsDone({ run, attempt, port }: RunContext): boolean {
  const { aborted, reason } = run.signal;
  return !aborted || (isTributaryError(reason, 'crashed') && port.trusted && !attempt.hasUndone(reason));
}

async function runBody(flow: FlowDefinition, parameters: Record<string, unknown>, context: RunContext): Promise<unknown> {
  // The parameters are what the flow's own schema made of them.
  const value: unknown = await withResults(await Reflect.apply(flow.body, undefined, [parameters]));
  await context.attempt.idle();
  const unseen = context.attempt.firstUnseen();
  if (unseen) throw unseen.error;
  return value;
}

/**
 * The time that code has once the signal was aborted. `over` rejects when the work has not ended in it, and never resolves; `left` tells the
 * seconds that remain for the tasks.
 */
function graceAfter(
  signal: AbortSignal,
  work: Promise<unknown>,
  secondsNow: () => number,
): { readonly over: Promise<never>; readonly left: () => number } {
  let end = Infinity;
  const over = new Promise<never>((_, reject) => {
    const begin = (): void => {
      const seconds = secondsNow();
      end = performance.now() + seconds * 1000;
      void within(seconds, work).then(() => reject(signal.reason));
    };
    if (signal.aborted) begin();
    else signal.addEventListener('abort', begin, { once: true });
  });
  return { over, left: () => Math.max(0, (end - performance.now()) / 1000) };
}

function graceOf(reason: unknown): number {
  if (isTributaryError(reason, 'timeout')) return graceSeconds.failed;
  return isTributaryError(reason, 'crashed') ? graceSeconds.crashed : graceSeconds.cancelled;
}

/** What a run is to become that was told to stop. */
export function endingOf(reason: unknown): AttemptEnding {
  const message = describeFailure(reason);
  if (isTributaryError(reason, 'timeout')) return { proposal: { type: 'FAILED', name: 'TimedOut', message }, error: reason };
  return { proposal: { type: isTributaryError(reason, 'crashed') ? 'CRASHED' : 'CANCELLED', message }, error: reason };
}
