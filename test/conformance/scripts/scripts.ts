import { admin } from './admin.ts';
import { artifacts } from './artifacts.ts';
import { blocks } from './blocks.ts';
import { clockChanges } from './clock-changes.ts';
import { concurrency } from './concurrency.ts';
import { createFlowRun } from './create-flow-run.ts';
import { deployments } from './deployments.ts';
import { events } from './events.ts';
import { filters } from './filters.ts';
import { flowRuns } from './flow-runs.ts';
import { flows } from './flows.ts';
import { integers } from './integers.ts';
import { limits } from './limits.ts';
import { logs } from './logs.ts';
import { pauses } from './pauses.ts';
import { rules } from './rules.ts';
import { scheduledRuns } from './scheduled-runs.ts';
import { schedules } from './schedules.ts';
import type { Script } from './script.ts';
import { services } from './services.ts';
import { taskRuns } from './task-runs.ts';
import { transitions } from './transitions.ts';
import { variables } from './variables.ts';
import { workPools } from './work-pools.ts';
import { wrongBodies } from './wrong-bodies.ts';

/** The scripts of all topics: first those that wait for a server's background services, then the longest. */
export const scripts: Readonly<Record<string, Script>> = {
  services,
  schedules,
  events,
  filters,
  transitions,
  'task-runs': taskRuns,
  rules,
  admin,
  artifacts,
  blocks,
  'clock-changes': clockChanges,
  concurrency,
  'create-flow-run': createFlowRun,
  deployments,
  'flow-runs': flowRuns,
  flows,
  integers,
  limits,
  logs,
  pauses,
  'scheduled-runs': scheduledRuns,
  variables,
  'work-pools': workPools,
  'wrong-bodies': wrongBodies,
};
