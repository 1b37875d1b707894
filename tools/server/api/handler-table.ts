import type { Routes } from '@tributary/contract/routes';

import { adminHandlers } from './admin.ts';
import { applyDeployments } from './deployments/apply-changes.ts';
import { blockHandlers } from './blocks.ts';
import { concurrencyHandlers } from './concurrency/concurrency.ts';
import { deploymentHandlers } from './deployments/deployments.ts';
import { flowRunHandlers } from './flow-runs/flow-runs.ts';
import { treeHandlers } from './flow-runs/read-tree.ts';
import { flowHandlers } from './flows.ts';
import type { Handlers } from './handler.ts';
import { taskRunHandlers } from './task-runs.ts';
import { telemetryHandlers } from './telemetry/telemetry.ts';
import { variableHandlers } from './variables.ts';
import { workPoolHandlers } from './work-pools/work-pools.ts';

/** The handler of each route of the contract. */
export const handlers: Handlers<Routes> = {
  ...adminHandlers,
  ...flowHandlers,
  ...deploymentHandlers,
  applyDeployments,
  ...flowRunHandlers,
  ...taskRunHandlers,
  ...treeHandlers,
  ...telemetryHandlers,
  ...workPoolHandlers,
  ...variableHandlers,
  ...blockHandlers,
  ...concurrencyHandlers,
};
