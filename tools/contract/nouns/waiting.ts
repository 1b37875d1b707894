import { z } from 'zod';

import { carried } from '../carried.ts';
import { flowRunId } from '../id.ts';
import { answerNouns, bodyNouns } from './registries.ts';

/** Why a run waits. The last group is for runs that don't wait. */
export const waitingCodes = [
  'not-due',
  'retry-delay',
  'no-pool',
  'pool-paused',
  'queue-paused',
  'no-worker',
  'pool-limit',
  'queue-limit',
  'deployment-limit',
  'held-by-waiting-parents',
  'workers-busy',
  'offered',
  'pending',
  'concurrency-limit',
  'paused',
  'suspended',

  'running',
  'cancelling',
  'ended',
  'unknown-run',
] as const;
export const waitingCode = z.enum(waitingCodes);
export type WaitingCode = z.output<typeof waitingCode>;

const idle: ReadonlySet<string> = new Set<WaitingCode>(['running', 'cancelling', 'ended', 'unknown-run']);

/** True if a run with this code waits for something. A code of a newer server counts as a wait. */
export function isWaiting({ code }: Pick<Waiting, 'code'>): boolean {
  return !idle.has(code);
}

/** Says what a run waits for, and what helps. */
export function waitText({ sentence, cure }: Pick<Waiting, 'sentence' | 'cure'>): string {
  return cure === null ? sentence : `${sentence} ${cure}`;
}

/** How many ids one request may have. */
export const mostWaiting = 200;
/** How many holders an answer names. */
export const mostHolders = 10;

export const waitingQuery = z.object({ ids: z.array(flowRunId).max(mostWaiting) });
bodyNouns.add(waitingQuery, { id: 'WaitingQuery' });

/** A run that holds a slot for which another run waits. */
export const slotHolder = z.object({
  id: flowRunId,
  name: z.string(),
  flow_name: z.string(),
  /** null if the run belongs to no deployment */
  deployment_name: z.string().nullable(),
  /** whether the waiting run is its child, or a child of its child, and so on */
  is_parent: z.boolean(),
});
answerNouns.add(slotHolder, { id: 'SlotHolder' });
export type SlotHolder = z.output<typeof slotHolder>;

/** Why a run waits, and what to do about it. */
export const waiting = z.object({
  id: flowRunId,
  code: carried(waitingCode),
  /** why, as a sentence about "the run" */
  sentence: z.string(),
  /** what to do, usually with a command; null if there is nothing to do */
  cure: z.string().nullable(),
  /** the runs that hold the slots: parents of the run first, at most ten */
  holders: z.array(slotHolder),
  /** the number of all runs that hold slots */
  holder_count: z.int(),
});
answerNouns.add(waiting, { id: 'Waiting' });
export type Waiting = z.output<typeof waiting>;
