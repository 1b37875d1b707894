import { canonicalJson } from './json.ts';
import type { Deployment } from './nouns/deployment.ts';
import type { DeploymentSchedule } from './nouns/schedule.ts';

/**
 * What a plan sees of a live deployment, as text: everything that a deploy could overwrite. Two texts are equal if nothing that a plan compares
 * has changed in between. Left out is what changes by itself (its worker's polls, taken slots), and the ids of schedules, which any upsert
 * replaces on a Prefect server. Client and server compute the text for themselves, and exchange its SHA-256.
 */
export function seenText(live: Deployment): string {
  const { created: _c, updated: _u, created_by: _cb, updated_by: _ub, last_polled: _l, status: _s, ...rest } = live;
  return canonicalJson({
    ...rest,
    global_concurrency_limit: live.global_concurrency_limit ? seenLimit(live.global_concurrency_limit) : null,
    schedules: live.schedules.map(seenSchedule).toSorted(byText),
  });
}

function seenLimit({ id: _i, created: _c, updated: _u, active_slots: _a, ...limit }: NonNullable<Deployment['global_concurrency_limit']>) {
  return limit;
}

function seenSchedule({ id: _i, deployment_id: _d, created: _c, updated: _u, ...schedule }: DeploymentSchedule) {
  return schedule;
}

/** Servers list schedules by the time of the last upsert. */
function byText(one: unknown, other: unknown): number {
  return canonicalJson(one) < canonicalJson(other) ? -1 : 1;
}
