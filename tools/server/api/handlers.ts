import type { Routes } from '@tributary/contract/routes';

import { adminHandlers } from './admin.ts';
import { blockHandlers } from './blocks.ts';
import { concurrencyHandlers } from './concurrency.ts';
import { deploymentHandlers } from './deployments.ts';
import { flowRunHandlers } from './flow-runs.ts';
import { flowHandlers } from './flows.ts';
import type { Handlers } from './handling.ts';
import { taskRunHandlers } from './task-runs.ts';
import { telemetryHandlers } from './telemetry.ts';
import { variableHandlers } from './variables.ts';
import { workPoolHandlers } from './work-pools.ts';

/** How each route of the contract is answered. */
export const handlers: Handlers<Routes> = {
  ...adminHandlers,
  ...flowHandlers,
  ...deploymentHandlers,
  ...flowRunHandlers,
  ...taskRunHandlers,
  ...telemetryHandlers,
  ...workPoolHandlers,
  ...variableHandlers,
  ...blockHandlers,
  ...concurrencyHandlers,
};
