import type { FlowRunId, StateId } from '@tributary/contract/id';
import type { State } from '@tributary/contract/nouns/state';
import { isTributaryError } from '@tributary/contract/error';

import type { FullClient } from '../clients.ts';

/** In these a run stays with its process. */
const held: ReadonlySet<string> = new Set(['RUNNING', 'PAUSED', 'CANCELLING']);

/**
 * Whether a run is still with the process that gave it the state `known`, by its history: nobody has ended it since, or given it to a
 * worker. Two servers' states differ in their ids, so the one that the process knows is looked for. A history that can't be read says nothing.
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

/** @param states in any order. @returns whether the run was let go after `known` */
function heldSince(states: readonly State[], known: StateId): boolean {
  const since = states.find((state) => state.id === known)?.timestamp;
  return since !== undefined && states.every(({ type, timestamp }) => timestamp <= since || held.has(type));
}
