import type { DeploymentId } from '@tributary/contract';

import { readScheduledDeployments } from '../store/deployments/schedules.ts';
import { type Service, type ServiceOptions, startLoop } from './loop.ts';
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
    const { ids, readAt } = await options.write((tx) => ({ readAt: tx.now(), ids: readScheduledDeployments(tx, all ? 0 : changedSince) }));
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
