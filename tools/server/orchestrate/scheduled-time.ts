import type { State } from '@tributary/contract/nouns/state';
import { secondsBetween } from '@tributary/contract/time';

import type { DecisionContext } from './decision-context.ts';
import type { DraftState, RuleVerdict } from './transition.ts';

interface Transition {
  readonly from: State | null;
  readonly draft: DraftState;
  readonly context: DecisionContext;
}

/** Copies a SCHEDULED run's time into its PENDING state, where {@link waitForScheduledTime} reads it. */
export function copyScheduledTime({ from, draft }: Transition): RuleVerdict<never> | undefined {
  const time = from?.state_details.scheduled_time;
  if (from?.type !== 'SCHEDULED' || draft.type !== 'PENDING' || !time || draft.state_details.scheduled_time) return undefined;
  return { status: 'ACCEPT', draft: { ...draft, state_details: { ...draft.state_details, scheduled_time: time } } };
}

/** Makes a run wait until it is due by the server's clock, to the nearest second. */
export function waitForScheduledTime({ from, draft, context }: Transition): RuleVerdict<never> | undefined {
  if (draft.type !== 'RUNNING' || (from?.type !== 'SCHEDULED' && from?.type !== 'PENDING')) return undefined;
  const time = from.state_details.scheduled_time;
  const delaySeconds = time ? Math.round(secondsBetween(context.now, time)) : 0;
  return delaySeconds > 0 ? { status: 'WAIT', reason: 'Scheduled time is in the future', delaySeconds } : undefined;
}
