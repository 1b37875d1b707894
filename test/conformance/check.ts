import type { Difference } from './compare/compare.ts';
import type { Exchange } from './talk/send-request.ts';

/** One comparison, passed or failed. */
export interface Check {
  readonly topic: string;
  readonly step: string;
  /** undefined when it passed */
  readonly problem?: Problem;
}

interface Problem {
  /** in a sentence, or undefined when the differences say it */
  readonly text?: string;
  readonly differences?: readonly Difference[];
  readonly ours?: Exchange;
  readonly theirs?: Exchange;
}
