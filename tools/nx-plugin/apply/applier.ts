import { createGate, through } from '@tributary/contract/gate';
import type { Client } from '@tributary/contract/client';
import { isTributaryError, messageOf } from '@tributary/contract/error';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { labelNames } from '@tributary/contract/nouns/label';
import type { Routes } from '@tributary/contract/routes';
import { applyDeployment, type DesiredDeployment } from '@tributary/flow/deploy';

import type { PlannedDeployment } from '../plan/plan-projects.ts';
import { keepLive } from '../plan/schedule-changes.ts';

interface ApplyOptions {
  readonly client: Client<Routes>;
  /** reads the commit; called only if a deployment changes */
  readonly commit: () => Promise<string | undefined>;
  /** how many deployments to send at once */
  readonly width: number;
}

/**
 * Applies a plan. Unchanged deployments are left alone, because an upsert would delete their scheduled runs. If the server
 * becomes unreachable, the remaining deployments aren't sent.
 * @returns a function that applies one deployment, and returns the reason if it could not be applied
 */
export function createApplier({ client, commit, width }: ApplyOptions): (planned: PlannedDeployment) => Promise<string | undefined> {
  const gate = createGate(width);
  let gone: string | undefined;
  return async (planned) => {
    if (planned.verdict.action === 'unchanged') return undefined;
    return through(gate, async () => {
      if (gone !== undefined) return gone;
      try {
        await send(client, planned, await commit());
        return undefined;
      } catch (error) {
        if (isTributaryError(error, 'unreachable')) gone = error.message;
        return messageOf(error);
      }
    });
  };
}

/**
 * Creates or updates a deployment. The upsert alone is enough if the deployment exists and stays in its pool. Otherwise its flow or pool may
 * have to be created first.
 */
async function send(client: Client<Routes>, planned: PlannedDeployment, commit: string | undefined): Promise<void> {
  const { desired, live } = planned;
  const request = requestOf(planned, commit);
  if (live && live.work_pool_name === request.work_pool_name)
    await client.createDeployment({ body: { ...request, flow_id: live.flow_id } });
  else await applyDeployment(client, { ...desired, request });
}

function requestOf({ desired, live }: PlannedDeployment, commit: string | undefined): DesiredDeployment['request'] {
  const { schedules = [], labels } = desired.request;
  return {
    ...desired.request,
    schedules: keepLive(live?.schedules ?? [], schedules),
    // An upsert deletes the labels that its request leaves out.
    labels: { ...othersLabels(live), ...labels, ...(commit ? { [labelNames.commit]: commit } : {}) },
  };
}

/** The live labels, without those that the server itself writes. */
function othersLabels(live: Deployment | undefined): NonNullable<Deployment['labels']> {
  return Object.fromEntries(Object.entries(live?.labels ?? {}).filter(([name]) => !name.startsWith('prefect.')));
}
