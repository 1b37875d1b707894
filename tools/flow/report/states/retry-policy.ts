import type { FlowRunId } from '@tributary/contract/id';

import type { FlowDefinition } from '../../run/flow-definition.ts';
import type { FullClient } from '../clients.ts';

/** How often the server sends a failed run back, in its own terms: whole seconds. */
export function retryPolicy({ retries, retryDelay }: Pick<FlowDefinition, 'retries' | 'retryDelay'>): {
  retries: number;
  retry_delay: number;
} {
  return { retries, retry_delay: Math.ceil(retryDelay) };
}

/** Tells the server how often the flow is retried. PATCH replaces the whole policy, so it is read and changed. */
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

/** A run that has been retried in its process is kept from workers, until it may be scheduled anew. */
export async function allowReschedule(client: FullClient, id: FlowRunId): Promise<void> {
  const policy = (await client.readFlowRun({ path: { id } })).data.empirical_policy;
  if (policy?.retry_type !== 'in_process') return;
  await client.updateFlowRun({ path: { id }, body: { empirical_policy: { ...policy, retry_type: null } } });
}
