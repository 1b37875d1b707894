import { createHash } from 'node:crypto';

import type { DeploymentChanges } from '@tributary/contract/routes/apply';
import { seenText } from '@tributary/contract/seen-text';

import type { Transaction } from '../../store/database/write.ts';
import { readFlow } from '../../store/deployments/flows.ts';
import { findDeployment, readDeploymentRow, readSchedules } from '../../store/deployments/read-deployments.ts';
import { type DeploymentRow, deploymentOf } from '../../store/rows/deployment.ts';
import { conflict, malformed } from '../refusal.ts';

type Change = DeploymentChanges[number];

/** The deployment that a change is about. */
interface Found {
  /** `flow/deployment`, or the id if no deployment has it */
  readonly name: string;
  readonly row: DeploymentRow | undefined;
}

/**
 * Finds the deployments of the changes.
 * @returns the rows in the order of the changes; undefined for a deployment that a change creates
 * @throws Refusal 409 with the names of the deployments that aren't as the plan saw them; 422 if two changes are about the same deployment
 */
export function findLive(tx: Transaction, changes: DeploymentChanges): readonly (DeploymentRow | undefined)[] {
  const now = tx.now();
  const found = changes.map((change) => find(tx, change, now));
  const names = found.map(({ name }) => name);
  const twice = names.findIndex((name, index) => names.indexOf(name) < index);
  if (twice >= 0)
    throw malformed([{ loc: ['body', 'changes', twice], msg: `an earlier change is about ${names[twice]}, too`, type: 'value_error' }]);
  const moved = found.flatMap(({ name, row }, index) => {
    const change = changes[index];
    const what = change && moveOf(tx, change, row, now);
    return what ? [{ path: `changes.${index}`, message: `${name} ${what}` }] : [];
  });
  if (moved.length > 0)
    throw conflict(`Nothing was applied: ${moved.map(({ message }) => message).join('; ')}. Plan again, then apply.`, moved);
  return found.map(({ row }) => row);
}

function find(tx: Transaction, change: Change, now: number): Found {
  if (change.change === 'put') {
    const id = findDeployment(tx, change.flow, change.deployment.name);
    return { name: `${change.flow}/${change.deployment.name}`, row: id && readDeploymentRow(tx, id, now) };
  }
  const row = readDeploymentRow(tx, change.id, now);
  return { name: row ? `${readFlow(tx, row.flow_id)?.name}/${row.name}` : `deployment ${change.id}`, row };
}

/** How a deployment has moved since the plan; undefined if it is as the plan saw it. */
function moveOf(tx: Transaction, { seen }: Change, row: DeploymentRow | undefined, now: number): string | undefined {
  if (!row) return seen === null ? undefined : 'was deleted';
  if (seen === null) return 'exists already';
  const text = seenText(deploymentOf(row, readSchedules(tx, row.id), now));
  return createHash('sha256').update(text).digest('hex') === seen ? undefined : 'has changed';
}
