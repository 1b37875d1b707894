import { randomUUID } from 'node:crypto';

import type { LeaseId, StateId } from '@tributary/contract';
import { newId } from '@tributary/contract/id';
import { fromMicros, type Timestamp } from '@tributary/contract/moment';

/** Clock and id source of one decision. */
export interface DecisionContext {
  readonly now: Timestamp;
  readonly newId: <Id extends StateId | LeaseId>() => Id;
  /** @returns a fresh token for a claim */
  readonly newClaim: () => string;
}

/** @param micros the time of the decision in integer microseconds */
export function createDecisionContext(micros: number): DecisionContext {
  return { now: fromMicros(micros), newId, newClaim: randomUUID };
}
