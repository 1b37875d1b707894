import type { DeploymentId } from '@tributary/contract';

import { readScheduledDeployments } from '../store/deployments/schedules.ts';
import { type Service, type ServiceOptions, startLoop } from './loop.ts';
import { makeRuns } from '../schedule/make-runs.ts';

/** Deployments handled in one transaction, so that claims need not wait long. */
const batch = 20;

/**
 * Creates the upcoming runs of schedules. Each turn covers the deployments that have changed since the last turn, and those whose runs don't
 * reach as far as the next full turn. A full turn covers all deployments.
 * @param options.allMs time between two full turns
 */
export function startScheduler(options: ServiceOptions & { readonly allMs: number }): Service {
  let allBefore = -Infinity;
  let changedSince = 0;
  // Deployments whose runs don't reach as far as the next full turn.
  const short = new Set<DeploymentId>();
  // A full turn may come one interval late.
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
