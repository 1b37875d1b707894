import { type DeploymentId, newId } from '@tributary/contract';
import type { DeploymentCreate } from '@tributary/contract/nouns/deployment';

import { insertRow } from '../database/insert-row.ts';
import type { Transaction } from '../database/write.ts';

/** Inserts a deployment with its name and flow. An update then writes the other fields. */
export function insertDeployment(tx: Transaction, { name, flow_id }: Pick<DeploymentCreate, 'name' | 'flow_id'>): DeploymentId {
  const id = newId<DeploymentId>();
  const now = tx.now();
  insertRow(tx, 'deployments', {
    id,
    created: now,
    updated: now,
    name,
    flow_id,
    paused: 0,
    job_variables: '{}',
    parameters: '{}',
    tags: '[]',
    labels: '{}',
    pull_steps: '[]',
    parameter_openapi_schema: '{}',
    enforce_parameter_schema: 1,
  });
  return id;
}
