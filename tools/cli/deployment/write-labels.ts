import { isTributaryError } from '@tributary/contract/error';
import type { Deployment, DeploymentCreateInput } from '@tributary/contract/nouns/deployment';
import { type Labels, withoutServerLabels } from '@tributary/contract/nouns/label';
import { seenHash } from '@tributary/plan';

import type { Opened } from '../engine/open.ts';

/** How often labels are computed anew when another client changes the deployment at the same time. */
const tries = 3;

/**
 * Changes the labels of a deployment, and nothing else. On a Prefect server the deployment's scheduled runs are created anew, because only an
 * upsert can change labels there.
 * @param change gets the labels without those of the server, and returns the new ones
 */
export async function writeLabels({ engine, client }: Opened, live: Deployment, change: (labels: Labels) => Labels): Promise<void> {
  let deployment = live;
  for (let left = tries; ; left -= 1) {
    const labels = change(withoutServerLabels(deployment.labels ?? {}));
    if (!engine.features.includes('apply')) {
      await client.createDeployment({ body: { ...repeat(deployment), labels } });
      return;
    }
    try {
      await client.applyDeployments({ body: { changes: [{ change: 'label', id: deployment.id, seen: seenHash(deployment), labels }] } });
      return;
    } catch (error) {
      if (!isTributaryError(error, 'conflict') || left === 1) throw error;
      deployment = (await client.readDeployment({ path: { id: deployment.id } })).data;
    }
  }
}

/** What an upsert would clear if it left it out: parameters and schedules. It keeps all other fields. */
function repeat({ name, flow_id, parameters, schedules }: Deployment): DeploymentCreateInput {
  return {
    name,
    flow_id,
    parameters,
    schedules: schedules.map(({ id: _i, created: _c, updated: _u, deployment_id: _d, ...schedule }) => schedule),
  };
}
