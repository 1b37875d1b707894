import { adminRoutes } from './routes/admin.ts';
import { applyRoutes } from './routes/apply.ts';
import { concurrencyRoutes } from './routes/concurrency.ts';
import { deploymentRoutes } from './routes/deployments.ts';
import { flowRunRoutes } from './routes/flow-runs.ts';
import { flowRoutes } from './routes/flows.ts';
import { settingRoutes } from './routes/settings.ts';
import { taskRunRoutes } from './routes/task-runs.ts';
import { telemetryRoutes } from './routes/telemetry.ts';
import { treeRoutes } from './routes/trees.ts';
import { workPoolRoutes } from './routes/work-pools.ts';

/** Every route of the protocol that our client and server speak. A process that must start fast imports the table of one noun instead. */
export const routes = {
  ...adminRoutes,
  ...flowRoutes,
  ...deploymentRoutes,
  ...applyRoutes,
  ...flowRunRoutes,
  ...taskRunRoutes,
  ...treeRoutes,
  ...telemetryRoutes,
  ...workPoolRoutes,
  ...settingRoutes,
  ...concurrencyRoutes,
};
export type Routes = typeof routes;
export type RouteName = keyof Routes;
