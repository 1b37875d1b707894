import type { PlanChange } from '@tributary/contract/nouns/plan';

/** Whether the code and the live value have changed since the last deploy. Both are true if that can't be told apart. */
export interface Moved {
  readonly code: boolean;
  readonly live: boolean;
}

/** What happens to a live value that differs from the code's: it changes, or it is kept. */
export type Decision = { readonly reason: PlanChange['reason'] } | { readonly conflict: boolean };

interface Case {
  /** whose changes win: the code sets its fields back, and people's changes are kept */
  readonly owner: 'code' | 'people';
  /** undefined without a record of the last deploy: the code then wins for its fields, and counts as unchanged for people's */
  readonly moved: Moved | undefined;
  /** whether the user gives the field back to the code */
  readonly isReset: boolean;
}

/** Decides what happens to one value that differs between the code and the engine. */
export function decide({ owner, moved, isReset }: Case): Decision {
  if (owner === 'code') {
    if (!moved?.live) return { reason: 'code' };
    return { reason: moved.code ? 'conflict' : 'drift' };
  }
  if (moved?.code && !moved.live) return { reason: 'code' };
  return isReset ? { reason: 'reset' } : { conflict: moved?.code ?? false };
}
