import type { FlowRunId, StateId } from '@tributary/contract/id';
import type { State } from '@tributary/contract/nouns/state';
import { isTributaryError } from '@tributary/contract/error';

import type { FullClient } from '../clients.ts';

/** The states in which a run stays with its process. */
const held: ReadonlySet<string> = new Set(['RUNNING', 'PAUSED', 'CANCELLING']);

/**
 * Reads a run's history to find out whether the run still belongs to the process that gave it the state `known`. The
 * run no longer belongs to that process if, after `known`, the run has ended or the server has given it to a worker.
 * @returns true also if the history can't be read; false if the run was deleted, or if the history doesn't contain `known`, for example
 * because the URL now leads to another server
 * @throws `unreachable`
 */
export async function isStillHeld(client: Pick<FullClient, 'readFlowRunStates'>, id: FlowRunId, known: StateId): Promise<boolean> {
  try {
    const { data } = await client.readFlowRunStates({ query: { flow_run_id: id } });
    return heldSince(data, known);
  } catch (error) {
    if (isTributaryError(error, 'unreachable')) throw error;
    return !isTributaryError(error, 'not_found');
  }
}

/** @param states in any order. @returns whether the run stayed with its process after `known` */
function heldSince(states: readonly State[], known: StateId): boolean {
  const since = states.find((state) => state.id === known)?.timestamp;
  return since !== undefined && states.every(({ type, timestamp }) => timestamp <= since || held.has(type));
}
