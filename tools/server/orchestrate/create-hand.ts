import { randomUUID } from 'node:crypto';

import { newId } from '@tributary/contract/id';
import { fromMicros } from '@tributary/contract/moment';

import type { Hand } from './transition.ts';

/** @param micros the moment of the decision, integer microseconds */
export function createHand(micros: number): Hand {
  return { now: fromMicros(micros), newId, newClaim: randomUUID };
}
