import { applyRoutes } from '@tributary/contract/routes/apply';
import { concurrencyRoutes } from '@tributary/contract/routes/concurrency';
import { deploymentRoutes } from '@tributary/contract/routes/deployments';
import { flowRunRoutes } from '@tributary/contract/routes/flow-runs';
import { flowRoutes } from '@tributary/contract/routes/flows';
import { workPoolRoutes } from '@tributary/contract/routes/work-pools';

/** The routes that a plan and a deploy call. The table of all routes would take longer to load. */
export const planRoutes = {
  ...deploymentRoutes,
  ...applyRoutes,
  ...flowRoutes,
  ...flowRunRoutes,
  ...workPoolRoutes,
  ...concurrencyRoutes,
};
export type PlanRoutes = typeof planRoutes;
