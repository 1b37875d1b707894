import type { Client } from '@tributary/contract/client';

import { fewAtOnce } from '../few-at-once.ts';
import type { PlannedDeletion } from '../plan/planned.ts';
import type { Undeclared } from './undeclared.ts';
import type { PlanRoutes } from '../routes.ts';

/** Plans the deletion of deployments, with the number of waiting runs that go with each. */
export function planDeletions(
  client: Pick<Client<PlanRoutes>, 'countFlowRuns'>,
  removals: readonly Undeclared[],
): Promise<PlannedDeletion[]> {
  return fewAtOnce(removals, async ({ name, live }) => {
    const flow_runs = { deployment_id: { any_: [live.id] }, state: { type: { any_: ['SCHEDULED' as const, 'PENDING' as const] } } };
    const { data: waiting } = await client.countFlowRuns({ body: { flow_runs } });
    return { action: 'delete' as const, name, live, waiting };
  });
}
