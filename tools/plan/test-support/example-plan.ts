import { type DeploymentPlan, type Plan, planVersion } from '@tributary/contract/nouns/plan';

/** An unchanged deployment in a plan, with a test's changes. */
export function exampleDeployment(changes: Partial<DeploymentPlan> = {}): DeploymentPlan {
  return {
    name: 'load/nightly',
    action: 'unchanged',
    changes: [],
    schedules: [],
    kept: [],
    whole: [],
    owner: null,
    replaces: null,
    waiting: 0,
    seen: null,
    code: null,
    ...changes,
  };
}

/** A plan without integrations, with a test's changes. */
export function examplePlan(changes: Partial<Plan> = {}): Plan {
  return {
    version: planVersion,
    engine: { url: 'http://127.0.0.1:4200/api', kind: 'embedded' },
    workspace: 'acme/data',
    integrations: [],
    creates: { pools: [], queues: [] },
    findings: [],
    others: [],
    tally: { create: 0, update: 0, unchanged: 0, delete: 0, failed: 0 },
    ...changes,
  };
}
