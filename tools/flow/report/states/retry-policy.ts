import type { FlowRunId } from '@tributary/contract/id';

import type { FlowDefinition } from '../../run/flow-definition.ts';
import type { FullClient } from '../clients.ts';

/** @returns the flow's retries as the server's policy, with the delay in whole seconds, rounded up */
export function retryPolicy({ retries, retryDelay }: Pick<FlowDefinition, 'retries' | 'retryDelay'>): {
  retries: number;
  retry_delay: number;
} {
  return { retries, retry_delay: Math.ceil(retryDelay) };
}

/** Writes the flow's retries to the server. PATCH replaces the whole policy, so this reads it first. */
export async function writeRetryPolicy(
  client: FullClient,
  id: FlowRunId,
  flow: Pick<FlowDefinition, 'retries' | 'retryDelay'>,
): Promise<void> {
  const wanted = retryPolicy(flow);
  const policy = (await client.readFlowRun({ path: { id } })).data.empirical_policy;
  if (policy?.retries === wanted.retries && policy.retry_delay === wanted.retry_delay) return;
  await client.updateFlowRun({ path: { id }, body: { empirical_policy: { ...policy, ...wanted } } });
}

/** Lets a worker take a run that was retried in its own process. Otherwise the server keeps such a run for that process. */
export async function allowReschedule(client: FullClient, id: FlowRunId): Promise<void> {
  const policy = (await client.readFlowRun({ path: { id } })).data.empirical_policy;
  if (policy?.retry_type !== 'in_process') return;
  await client.updateFlowRun({ path: { id }, body: { empirical_policy: { ...policy, retry_type: null } } });
}
