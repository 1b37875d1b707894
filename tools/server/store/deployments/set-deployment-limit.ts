import type { DeploymentId } from '@tributary/contract';

import { insertRow } from '../database/insert-row.ts';
import type { Transaction } from '../database/write.ts';

const change = `ON CONFLICT (name) DO UPDATE SET updated = excluded.updated, "limit" = excluded."limit", active = 1`;

/** Creates, changes or, with null, deletes a deployment's own limit: the global limit `deployment:{id}`. */
export function setDeploymentLimit(tx: Transaction, id: DeploymentId, limit: number | null): void {
  const name = `deployment:${id}`;
  const now = tx.now();
  if (limit === null) {
    tx.run('DELETE FROM concurrency_limits WHERE name = ?', name);
    tx.run('UPDATE deployments SET concurrency_limit_id = NULL WHERE id = ?', id);
  } else {
    insertRow(tx, 'concurrency_limits', { id: crypto.randomUUID(), created: now, updated: now, name, limit }, change);
    tx.run('UPDATE deployments SET concurrency_limit_id = (SELECT id FROM concurrency_limits WHERE name = ?) WHERE id = ?', name, id);
  }
  tx.wake('work');
}
