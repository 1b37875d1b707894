import { isTributaryError, TributaryError } from '@tributary/contract/error';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { isTerminal } from '@tributary/contract/nouns/state';
import { wait } from '@tributary/contract/wait';

import type { RunContext } from '../context.ts';
import type { DeploymentPort } from '../engine-port.ts';
import { unlessStopped } from '../heed-stop.ts';
import { pollDelays } from '../poll-range.ts';
import { type DeploymentCall, type DeploymentRun, withState } from './deployment-call.ts';

/** After how many seconds the log may say why the child has not begun to run. */
const firstLook = 3;

/** How many seconds the cancel of this run may take to arrive, after the cancel of its child. A worker on a Prefect server asks every 2 s. */
const cancelSeconds = 10;

/**
 * Waits until a run has ended or the timeout is over. Logs why the run waits, if it does.
 * @returns the run as last read
 * @throws `not_found` if the run is deleted; the reason of the cancel if this run was cancelled, and the other run with it
 */
export async function waitForEnd(
  run: DeploymentRun,
  call: Pick<DeploymentCall, 'timeout' | 'pollInterval'>,
  port: DeploymentPort,
  context: RunContext,
): Promise<DeploymentRun> {
  const last = await untilEnd(run, call, port, context).finally(sayLater(run, port, context));
  if (last.state.type === 'CANCELLED' && context.port.served) await heedCancel(port, context);
  return last;
}

/** If this run is being cancelled, waits for the cancel. The end of a child that is cancelled with it may arrive first, and isn't a failure. */
async function heedCancel(port: DeploymentPort, context: RunContext): Promise<void> {
  const own = await port.readFlowRun(context.run.flowRunId).catch(() => undefined);
  if (own?.state_type === 'CANCELLING') await unlessStopped(wait(cancelSeconds, context.run.signal), context);
}

/** Once a run has waited for a while, loads the code that says why it waits. @returns a function to call when the wait is over */
function sayLater(run: DeploymentRun, { whyWaiting: ask }: DeploymentPort, context: RunContext): () => void {
  let stop: (() => void) | undefined;
  let isOver = false;
  const begin = async (): Promise<void> => {
    const { sayWhyWaiting } = await import('./say-why-waiting.ts');
    if (ask && !isOver) stop = sayWhyWaiting(run, ask, context);
  };
  const timer = ask ? setTimeout(() => void begin(), firstLook * 1000) : undefined;
  return () => {
    isOver = true;
    clearTimeout(timer);
    stop?.();
  };
}

/** If the engine doesn't report ends, the run is polled. */
async function untilEnd(
  run: DeploymentRun,
  { timeout, pollInterval }: Pick<DeploymentCall, 'timeout' | 'pollInterval'>,
  port: DeploymentPort,
  context: RunContext,
): Promise<DeploymentRun> {
  const end = timeout === null ? Infinity : performance.now() + timeout * 1000;
  const { signal } = context.run;
  const look = async (delay: number, left: number): Promise<FlowRun> => {
    if (port.awaitEnd) return port.awaitEnd(run.id, left, signal);
    await wait(Math.min(delay, left), signal);
    return port.readFlowRun(run.id);
  };
  const { waits } = context.attempt;
  waits.add(run);
  let last = run;
  for (const delay of pollDelays(context.port.poll, pollInterval)) {
    const left = (end - performance.now()) / 1000;
    if (left <= 0 || isTerminal(last.state.type)) break;
    last = withState(await unlessStopped(look(delay, left), context).catch((error: unknown) => refuse(run, error)));
  }
  waits.delete(run);
  return last;
}

function refuse({ id, name }: DeploymentRun, error: unknown): never {
  if (!isTributaryError(error, 'not_found')) throw error;
  throw new TributaryError('not_found', `Flow run "${name}" (${id}) was deleted while this run waited for its end.`, { cause: error });
}
