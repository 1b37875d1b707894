import { isTributaryError, issuesOf, TributaryError } from '@tributary/contract/error';
import type { StateProposalInput } from '@tributary/contract/nouns/state';
import { within } from '@tributary/contract/wait';

import type { FlowDefinition } from './flow-definition.ts';
import { inContext, type RunContext } from './context.ts';
import { describeChain, describeFailure, listIssues, whereThrown } from './failure.ts';
import { withResults } from './task/inputs.ts';
import { ownFailure } from './task/retry-after.ts';
import { writeLog } from './log.ts';
import { readOnlyHint } from './read-only-hint.ts';
import { keepResult } from './result.ts';

/** How an attempt ended in this process. The port proposes this end, and the server decides. */
export interface AttemptOutcome {
  readonly proposal: StateProposalInput;
  readonly value?: unknown;
  readonly error?: unknown;
  /** called just before the proposal; returns a COMPLETED outcome if the body has resolved late, otherwise this outcome */
  readonly revise?: () => AttemptOutcome;
}

/**
 * How many seconds user code and its tasks get to clean up after the signal to stop. After that, the run ends even if its code continues.
 * A worker waits for 30 s after a cancel, and a host that has to exit ends its run after 7 s. The times here are shorter.
 */
const graceSeconds = { cancelled: 20, crashed: 5, failed: 2, held: 2 } as const;

/** Runs the author's function once, and waits for the tasks that it started and did not await. */
export async function runFlowAttempt(
  flow: FlowDefinition,
  parameters: Record<string, unknown>,
  context: RunContext,
): Promise<AttemptOutcome> {
  const { signal } = context.run;
  const stop = (reason: TributaryError): void => context.attempt.stop(reason);
  const timer = flow.timeout === null ? undefined : setTimeout(late, Math.min(flow.timeout * 1000, 2 ** 31 - 1));
  function late(): void {
    stop(new TributaryError('timeout', `Flow run "${context.run.flowRunName}" took longer than its timeout of ${flow.timeout} s.`));
  }
  const work = inContext(context, () => runBody(flow, parameters, context));
  let resolved: { readonly value: unknown } | undefined;
  const completed = (value: unknown, message?: string): AttemptOutcome => {
    const { data, leftOut } = keepResult(value);
    if (leftOut && context.port.served) writeLog(context, 'warning', leftOut);
    return { proposal: { type: 'COMPLETED', ...(message ? { message } : {}), ...(data ? { data } : {}) }, value };
  };
  const grace = graceAfter(signal, work, () => (context.attempt.heldAs ? graceSeconds.held : graceOf(signal.reason)));
  try {
    const value = await Promise.race([work, grace.over]);
    if (!countsAsDone(context)) return outcomeOfStop(signal.reason);
    return completed(value, context.run.attempt > 1 ? await warnOfUnasked(context) : undefined);
  } catch (thrown) {
    if (signal.aborted) {
      work.then(
        (value) => void (resolved = { value }),
        () => undefined,
      );
      await within(grace.left(), context.attempt.idle());
      const outcome = outcomeOfStop(signal.reason);
      return { ...outcome, revise: () => (resolved && countsAsDone(context) ? completed(resolved.value) : outcome) };
    }
    stop(new TributaryError('cancelled', `Flow run "${context.run.flowRunName}" failed, so its other tasks are stopped.`));
    await within(graceSeconds.failed, context.attempt.idle());
    const error = ownFailure(thrown);
    const failure = describeChain(context.attempt, error);
    const message = `${failure}${readOnlyHint(failure, context.run, context.integration())}`;
    if (error !== thrown) {
      const remedy = 'Throw it in a task, or set retries and retryDelay of the flow.';
      writeLog(context, 'warning', `Flow "${flow.name}" threw retryAfter in its own body, where the delay has no effect. ${remedy}`);
    }
    // Without a server, the error isn't logged, because the caller receives it.
    if (context.port.served) {
      const where = whereThrown(error, context.run.cwd);
      writeLog(context, 'error', `Flow run "${context.run.flowRunName}" failed: ${message}${where ? ` (${where})` : ''}`);
    }
    return { proposal: { type: 'FAILED', message }, error };
  } finally {
    clearTimeout(timer);
    context.attempt.abandonAll('The flow ended before this task.');
  }
}

async function warnOfUnasked(context: RunContext): Promise<string | undefined> {
  const { unaskedChildren } = await import('./children/unasked-children.ts');
  const warning = await unaskedChildren(context);
  if (warning) writeLog(context, 'warning', warning);
  return warning;
}

/**
 * Decides whether a body that resolved has done all its work. After a cancel or a timeout, the work is incomplete. If the run was stopped
 * only because its worker stopped or died, the work is complete, unless a task or call was cut short or refused, or an exception was
 * uncaught.
 */
function countsAsDone({ run, attempt, port }: RunContext): boolean {
  const { aborted, reason } = run.signal;
  return !aborted || (isTributaryError(reason, 'crashed') && port.trusted && !attempt.hasUndone(reason));
}

async function runBody(flow: FlowDefinition, parameters: Record<string, unknown>, context: RunContext): Promise<unknown> {
  // `Reflect.apply` checks no types. The flow's own schema has parsed the parameters, so they fit.
  const value: unknown = await withResults(await Reflect.apply(flow.body, undefined, [parameters]));
  await context.attempt.idle();
  const unseen = context.attempt.firstUnseen();
  if (unseen) throw unseen.error;
  const parsed = await flow.result?.safeParseAsync(value);
  if (!parsed || parsed.success) return parsed ? parsed.data : value;
  throw new TributaryError('misuse', `The result of flow "${flow.name}" isn't as declared: ${listIssues(issuesOf(parsed.error))}.`);
}

/**
 * Starts the grace period when the signal is aborted.
 * @param secondsNow called when the signal is aborted; returns the length of the grace period
 * @returns `over` never resolves; after the signal is aborted, it rejects with the signal's reason once the work has ended or the period is
 *   over. `left` returns the seconds that remain of the period.
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

/** @returns the outcome of a run that was stopped for this reason */
export function outcomeOfStop(reason: unknown): AttemptOutcome {
  const message = describeFailure(reason);
  if (isTributaryError(reason, 'timeout')) return { proposal: { type: 'FAILED', name: 'TimedOut', message }, error: reason };
  return { proposal: { type: isTributaryError(reason, 'crashed') ? 'CRASHED' : 'CANCELLED', message }, error: reason };
}
