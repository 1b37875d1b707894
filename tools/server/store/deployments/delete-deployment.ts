import type { DeploymentId } from '@tributary/contract';

import { deleteUnstartedRuns } from '../runs/unstarted-runs.ts';
import type { Transaction } from '../database/write.ts';

/**
 * Deletes a deployment, its runs that no worker has started, and its own limit.
 * @returns false if the deployment doesn't exist
 */
export function deleteDeployment(tx: Transaction, id: DeploymentId): boolean {
  deleteUnstartedRuns(tx, id);
  const deleted = tx.run('DELETE FROM deployments WHERE id = ?', id) > 0;
  tx.run('DELETE FROM concurrency_limits WHERE name = ?', `deployment:${id}`);
  return deleted;
}
