import { whyWaiting } from '@tributary/contract/client/why-waiting';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { isWaiting, type Waiting, waitText } from '@tributary/contract/nouns/waiting';
import { secondsBetween, type Timestamp, toMicros } from '@tributary/contract/time';

import type { ApiClient } from '../engine/open.ts';
import type { Watched } from './event.ts';

/** How many seconds after its due time a run may stay unclaimed before a watcher explains why. */
const overdueAfter = 3;
/** Seconds between two questions to the server. */
const askEvery = 5;

/**
 * Makes a function that says why the watched runs wait: overdue runs and, on a Tributary server, running runs whose tasks wait. For each
 * run, it says a reason only when the reason has changed. It leaves out waits for which there is nothing to do.
 */
export function followWaits(
  client: ApiClient,
  features: readonly string[],
): (watched: readonly Watched[], now: Timestamp) => Promise<string[]> {
  const said = new Map<string, Waiting['code']>();
  let asked: Timestamp | undefined;
  return async (watched, now) => {
    const stuck = watched.filter(({ run }) => isOverdue(run, now) || (run.state_type === 'RUNNING' && features.includes('waiting')));
    if (stuck.length === 0 || (asked && secondsBetween(asked, now) < askEvery)) return [];
    asked = now;
    const answers = await whyWaiting(
      client,
      stuck.map(({ run }) => run.id),
      features,
    );
    return answers.flatMap((answer, index) => {
      const isKnown = said.get(answer.id) === answer.code;
      said.set(answer.id, answer.code);
      return isKnown || answer.cure === null || !isWaiting(answer) ? [] : [`${stuck[index]?.label} is waiting. ${waitText(answer)}`];
    });
  };
}

function isOverdue(run: FlowRun, now: Timestamp): boolean {
  const due = run.next_scheduled_start_time ?? run.expected_start_time;
  return run.state_type === 'SCHEDULED' && due != null && toMicros(due) + overdueAfter * 1e6 <= toMicros(now);
}
