import { isTributaryError, messageOf } from '@tributary/contract/error';
import { hasEnded, type FlowRun } from '@tributary/contract/nouns/flow-run';
import { isCancelledByFailure } from '@tributary/contract/nouns/label';

import type { RunContext } from '../context.ts';
import { writeLog } from '../log.ts';
import { withState } from './deployment-call.ts';

/** How many runs the last line of a failing run names. */
const most = 20;

/**
 * Names the runs that a failing attempt was still waiting for, because they continue. Called before the failure is proposed, so that the
 * line arrives even if the process is killed right afterwards. Children that the failure ends and deleted runs are
 * left out.
 */
export async function nameUnfinished(context: RunContext): Promise<void> {
  const { deployments } = context.port;
  if (!deployments) return;
  const waits = new Map([...context.attempt.waits].map((run) => [run.id, run]));
  const read = [...waits.values()].map((run) => deployments.readFlowRun(run.id).catch((error: unknown) => unlessDeleted(run, error)));
  const known = (await Promise.all(read)).filter((run) => run !== null);
  const left = known.filter((run) => !hasEnded(run) && !isCancelledByFailure(run.labels)).map(withState);
  if (left.length === 0) return;
  const named = left.slice(0, most).map(({ name, id, state }) => `"${name}" (${id}), which is ${state.name}`);
  const more = left.length > most ? `; and ${left.length - most} more` : '';
  const what = left.length === 1 ? 'This run waited for it, and it continues.' : 'This run waited for them, and they continue.';
  writeLog(context, 'warning', `Still unfinished: flow run ${named.join('; ')}${more}. ${what}`);
}

function unlessDeleted(run: FlowRun, error: unknown): FlowRun | null {
  return isTributaryError(error, 'not_found') ? null : run;
}

/**
 * Cancels those children of a failed run that have `onParentEnd: 'cancel'`, for a server that doesn't cancel them itself. This is called
 * after the server has accepted the failure, because only then is it certain that no retry follows. If the process is killed in between,
 * the children continue. A Tributary server cancels them in the transaction that accepts the failure.
 */
export async function cancelMarked(context: RunContext): Promise<void> {
  const { port, run, attempt } = context;
  const { deployments } = port;
  if (!deployments || (attempt.children.size === 0 && run.attempt < 2)) return;
  try {
    const marked = (await deployments.readChildren(run.flowRunId)).filter(
      (child) => !hasEnded(child) && isCancelledByFailure(child.labels),
    );
    await Promise.all(marked.map(({ id }) => deployments.cancelFlowRun(id, 'The run that started this run failed.')));
  } catch (error) {
    const remedy = `Cancel them: npx tributary flow-run cancel RUN`;
    writeLog(
      context,
      'warning',
      `Child runs with onParentEnd "cancel" may continue, because the server refused: ${messageOf(error)} ${remedy}`,
    );
  }
}
