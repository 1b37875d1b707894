import { admin } from './admin.ts';
import { artifacts } from './artifacts.ts';
import { flowRuns } from './flow-runs.ts';
import { flows } from './flows.ts';
import { logs } from './logs.ts';
import { rules } from './rules.ts';
import type { Script } from './script.ts';
import { transitions } from './transitions.ts';
import { variables } from './variables.ts';

/** Every topic, the longest first. */
export const scripts: Readonly<Record<string, Script>> = {
  transitions,
  rules,
  admin,
  artifacts,
  'flow-runs': flowRuns,
  flows,
  logs,
  variables,
};
