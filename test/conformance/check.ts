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
  /** what failed, as a sentence; undefined if the differences already show it */
  readonly text?: string;
  readonly differences?: readonly Difference[];
  readonly ours?: Exchange;
  readonly theirs?: Exchange;
}
