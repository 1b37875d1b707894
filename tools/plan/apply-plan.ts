import type { IntegrationPlan, Plan } from '@tributary/contract/nouns/plan';

import { applyProjects } from './apply/apply-projects.ts';
import { refused, unchanged } from './apply/done.ts';
import { describeDeployment } from './plan/describe-deployment.ts';
import { stops, tallyOf } from './plan/tally.ts';
import type { Planned } from './plan-loaded.ts';

/**
 * Applies a plan to the engine. All integrations start now.
 * @returns a promise for each integration, in the order of the plan, with what was done. The promises never reject
 */
export function applyIntegrations({ plan, projects, ...engine }: Planned): Promise<IntegrationPlan>[] {
  const isStopped = plan.integrations.map(({ name }) => plan.findings.some((finding) => stops(finding, name)));
  const results = applyProjects(
    projects.map(({ deployments }, index) => (isStopped[index] ? [] : deployments)),
    // Only a Prefect server needs turns: other servers refuse a change of what another deploy has changed.
    { ...engine, lackingPools: plan.creates.pools, turnOf: plan.engine.kind === 'prefect' ? plan.workspace : null },
  );
  return plan.integrations.map(async (integration, index) => {
    const deployments = projects[index]?.deployments ?? [];
    const done = isStopped[index]
      ? deployments.map((planned) => (planned.action === 'unchanged' ? unchanged(planned) : refused(planned)))
      : ((await results[index]) ?? []);
    return { ...integration, deployments: done.map(({ planned, applied }) => ({ ...describeDeployment(planned), applied })) };
  });
}

/** Applies a plan to the engine. @returns the plan with what was done */
export async function applyPlan(planned: Planned): Promise<Plan> {
  const integrations = await Promise.all(applyIntegrations(planned));
  return { ...planned.plan, integrations, tally: tallyOf(integrations, planned.plan.findings) };
}
