import type { DeploymentId } from '@tributary/contract';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { writeJson } from '@tributary/contract/json';
import type { applyRoutes, DeploymentChanges } from '@tributary/contract/routes/apply';

import { type EmptySchedule, makeRunsInSlices } from '../../schedule/make-runs-in-slices.ts';
import { updateRow } from '../../store/database/update-row.ts';
import type { Transaction } from '../../store/database/write.ts';
import { deleteDeployment } from '../../store/deployments/delete-deployment.ts';
import { findFlow, insertFlow, readFlow } from '../../store/deployments/flows.ts';
import { readDeployment } from '../../store/deployments/read-deployments.ts';
import type { DeploymentRow } from '../../store/rows/deployment.ts';
import type { Handlers } from '../handler.ts';
import { once, requestKey } from '../request/once.ts';
import { checkChanges } from './check-changes.ts';
import { findLive } from './find-live.ts';
import { inPlace } from './in-place.ts';
import { labelsColumn, putDeployment } from './put-deployment.ts';

/** The most changes of a request that needs no transaction of its own: the requests of many small owners then share one. */
const mostShort = 5;

/**
 * Makes all changes of a request in one transaction, or none. The runs of new schedules, which take most of the time, are created after it and
 * before the answer.
 */
export const applyDeployments: Handlers<typeof applyRoutes>['applyDeployments'] = {
  serve: async ({ body: { changes }, header }, { store }) => {
    await checkChanges(changes);
    const key = requestKey('applyDeployments', header);
    let empty: readonly EmptySchedule[] = [];
    const text = await store.write(
      (tx) => {
        const act = (): string => {
          const applied = applyAll(tx, changes);
          empty = applied.flatMap((one) => one.empty);
          const now = tx.now();
          return writeJson(applied.map(({ id }) => id && written(tx, id, now)));
        };
        return key ? once(tx, key, act) : act();
      },
      { long: changes.length > mostShort },
    );
    await makeRunsInSlices(store.write, empty);
    return { status: 200, text };
  },
};

interface Applied {
  /** null: the deployment was deleted */
  readonly id: DeploymentId | null;
  readonly empty: readonly EmptySchedule[];
}

function applyAll(tx: Transaction, changes: DeploymentChanges): Applied[] {
  const live = findLive(tx, changes);
  return changes.map((change, index) => inPlace(['changes', index, 'deployment'], () => apply(tx, change, live[index])));
}

function apply(tx: Transaction, change: DeploymentChanges[number], live: DeploymentRow | undefined): Applied {
  switch (change.change) {
    case 'put':
      return putDeployment(tx, findFlow(tx, change.flow) ?? insertFlow(tx, { name: change.flow }), change.deployment, live);
    case 'label': {
      const flow = live && readFlow(tx, live.flow_id);
      if (flow) updateRow(tx, 'deployments', change.id, { labels: labelsColumn(flow, change.labels) });
      return { id: change.id, empty: [] };
    }
    case 'delete':
      deleteDeployment(tx, change.id);
      return { id: null, empty: [] };
  }
}

function written(tx: Transaction, id: DeploymentId, now: number): Deployment {
  const deployment = readDeployment(tx, id, now);
  if (!deployment) throw new Error(`Deployment ${id} disappeared in the transaction that wrote it.`);
  return deployment;
}
