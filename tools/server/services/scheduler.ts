import type { DeploymentId } from '@tributary/contract';

import { type Service, type ServiceOptions, startLoop } from './loop.ts';
import type { Transaction } from '../store/write.ts';
import { makeRuns } from '../schedule/make-runs.ts';

/** Deployments per transaction, so that no claim waits long. */
const batch = 20;

/**
 * Makes the further runs that schedules ask for. Every turn looks at the deployments that have changed since the last one, and at those
 * whose runs would not last until all deployments are looked at again, which is every `allMs`.
 */
export function startScheduler(options: ServiceOptions & { readonly allMs: number }): Service {
  let allBefore = -Infinity;
  let changedSince = 0;
  // Their runs do not last until the next look at all deployments, which may come a turn late.
  const short = new Set<DeploymentId>();
  const longEnough = (options.allMs + options.intervalMs) * 1000;
  return startLoop('scheduler', options, async () => {
    const all = performance.now() - allBefore >= options.allMs;
    const { ids, readAt } = await options.write((tx) => ({ readAt: tx.now(), ids: readScheduled(tx, all ? 0 : changedSince) }));
    const due = [...new Set([...ids, ...short])];
    for (let start = 0; start < due.length; start += batch) {
      await options.write((tx) => {
        for (const id of due.slice(start, start + batch)) {
          const now = tx.now();
          const { until, problems } = makeRuns(tx, id, now);
          if (until - now < longEnough) short.add(id);
          else short.delete(id);
          for (const problem of problems) options.log(problem);
        }
      });
    }
    changedSince = readAt;
    if (all) allBefore = performance.now();
  });
}

function readScheduled(tx: Transaction, changedSince: number): DeploymentId[] {
  const rows = tx.all<{ id: DeploymentId }>(
    `SELECT DISTINCT d.id FROM deployments d JOIN schedules s ON s.deployment_id = d.id
     WHERE d.paused = 0 AND s.active = 1 AND (d.updated >= ? OR s.updated >= ?)`,
    changedSince,
    changedSince,
  );
  return rows.map(({ id }) => id);
}
