import { secondsBetween, type Timestamp } from '../moment.ts';
import { codeStates } from '../nouns/code.ts';
import { isTerminal } from '../nouns/state.ts';
import type { FoundCode, Slots, WaitFacts } from './facts.ts';
import { takesWorkers } from './commands.ts';

/** How many seconds after its due time a run may stay unclaimed before its workers count as busy. */
const offerSeconds = 3;

/** Finds why a run waits. The first obstacle on the way to a worker counts. */
export function findWait(facts: WaitFacts, now: Timestamp): FoundCode {
  const { run, asked } = facts;
  switch (run.state_type) {
    case 'RUNNING':
      return asked ? 'concurrency-limit' : 'running';
    case 'PENDING':
      return 'pending';
    case 'PAUSED':
      return run.isSuspended ? 'suspended' : 'paused';
    case 'CANCELLING':
      return 'cancelling';
    case 'SCHEDULED':
    case null:
      return findScheduled(facts, now);
    default:
      return isTerminal(run.state_type) ? 'ended' : 'running';
  }
}

function findScheduled(facts: WaitFacts, now: Timestamp): FoundCode {
  const { run, pool, queue, deployment } = facts;
  const wantsSlot = run.state_name === 'AwaitingConcurrencySlot';
  const isRetry = run.state_name === 'AwaitingRetry' || run.state_name === codeStates.awaiting;
  // If the run waits for its deployment's slot, its due time only says when the next try is.
  if (!wantsSlot && (run.isInProcess || (run.due && run.due > now))) return isRetry ? 'retry-delay' : 'not-due';
  if (!pool) return 'no-pool';
  if (pool.is_paused) return 'pool-paused';
  if (queue?.is_paused) return 'queue-paused';
  if (takesWorkers(pool) && pool.workersOnline === 0) return 'no-worker';
  if (isFull(pool.slots)) return 'pool-limit';
  if (isFull(queue?.slots)) return 'queue-limit';
  if (deployment?.slots ? isFull(deployment.slots) : wantsSlot) return 'deployment-limit';
  return findUnclaimed(facts, now);
}

/** Finds why a run that may be claimed isn't claimed. A queue has no worker if its pool is idle and no worker asks for the queue. */
function findUnclaimed({ run, pool, queue }: WaitFacts, now: Timestamp): FoundCode {
  if (!pool || !run.due || secondsBetween(run.due, now) < offerSeconds) return 'offered';
  if (pool.runs > 0) return 'workers-busy';
  return takesWorkers(pool) && queue?.isPolled === false ? 'no-worker' : 'offered';
}

function isFull(slots: Slots | null | undefined): boolean {
  return slots != null && slots.taken >= slots.limit;
}
