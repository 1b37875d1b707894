import { admin } from './admin.ts';
import { artifacts } from './artifacts.ts';
import { concurrency } from './concurrency.ts';
import { createFlowRun } from './create-flow-run.ts';
import { deployments } from './deployments.ts';
import { flowRuns } from './flow-runs.ts';
import { flows } from './flows.ts';
import { limits } from './limits.ts';
import { logs } from './logs.ts';
import { pauses } from './pauses.ts';
import { rules } from './rules.ts';
import { schedules } from './schedules.ts';
import type { Script } from './script.ts';
import { transitions } from './transitions.ts';
import { variables } from './variables.ts';

/** Every topic, the longest first. */
export const scripts: Readonly<Record<string, Script>> = {
  schedules,
  transitions,
  rules,
  admin,
  artifacts,
  concurrency,
  'create-flow-run': createFlowRun,
  deployments,
  'flow-runs': flowRuns,
  flows,
  limits,
  logs,
  pauses,
  variables,
};
