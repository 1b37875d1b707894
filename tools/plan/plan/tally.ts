import type { Finding, IntegrationPlan, Plan } from '@tributary/contract/nouns/plan';

/**
 * Counts the deployments by what happens to them, or by what happened if they were deployed. An integration counts as failed if a finding
 * keeps it from being deployed, or if one of its deployments wasn't applied.
 */
export function tallyOf(integrations: readonly IntegrationPlan[], findings: readonly Finding[]): Plan['tally'] {
  const tally = { create: 0, update: 0, unchanged: 0, delete: 0, failed: 0 };
  for (const integration of integrations) {
    const { deployments } = integration;
    for (const { action, applied } of deployments) if (!isMissed(applied?.outcome)) tally[action] += 1;
    if (!isSound(integration, findings)) tally.failed += 1;
  }
  return tally;
}

/** Whether an integration can be deployed, or was deployed without a failure. */
export function isSound({ name, deployments }: IntegrationPlan, findings: readonly Finding[]): boolean {
  return !deployments.some(({ applied }) => isMissed(applied?.outcome)) && !findings.some((finding) => stops(finding, name));
}

/** Whether a finding keeps an integration from being deployed. An error without an integration stops the deploy of all. */
export function stops({ severity, integration }: Finding, name: string): boolean {
  return severity === 'error' && (integration === null || integration === name);
}

function isMissed(outcome: string | undefined): boolean {
  return outcome === 'failed' || outcome === 'refused';
}
