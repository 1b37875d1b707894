import type { FlowRunId } from '@tributary/contract/id';
import type { Timestamp } from '@tributary/contract/moment';
import { type CarriedStateType, endedBadly } from '@tributary/contract/nouns/state';

interface Ended {
  readonly state_type: CarriedStateType | null;
  readonly end_time: Timestamp | null;
}

/**
 * Why a retry of a run is the way to retry its child. `failed by child`: the run ended badly because the child had. `cancelled child`: the
 * child was cancelled because the run was cancelled, or failed.
 */
export type Bond = 'failed by child' | 'cancelled child';

/**
 * Finds how the bad end of a run and that of its child belong together. A run fails because of its child if it ends after the child, and its
 * message names the child, or the task run that stands for the child failed with it.
 * @param child.endsWithParent whether the child is cancelled when its parent fails
 * @param standIn the state of the task run that stands for the child; null if unknown
 * @returns null if they ended badly for different reasons, or one of them didn't end badly
 */
export function bondOf(
  parent: Ended & { readonly message: string | null },
  child: Ended & { readonly id: FlowRunId; readonly endsWithParent: boolean },
  standIn: CarriedStateType | null,
): Bond | null {
  if (!endedBadly(parent.state_type) || !endedBadly(child.state_type)) return null;
  const isCancelled = child.state_type === 'CANCELLED';
  if (parent.state_type === 'CANCELLED') return isCancelled ? 'cancelled child' : null;
  if (!parent.end_time || !child.end_time) return null;
  if (parent.end_time < child.end_time)
    return isCancelled && child.endsWithParent && parent.state_type === 'FAILED' ? 'cancelled child' : null;
  return (parent.message ?? '').includes(child.id) || endedBadly(standIn) ? 'failed by child' : null;
}
