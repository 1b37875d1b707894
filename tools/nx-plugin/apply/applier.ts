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
  /** asked for at the first change only */
  readonly commit: () => Promise<string | undefined>;
  /** how many deployments are sent at once */
  readonly width: number;
}

/**
 * Does what was planned, and nothing for what is unchanged: an upsert would throw its scheduled runs away. Once the server is gone, what
 * is left is not tried.
 * @returns a function that says why a deployment failed, if it did
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

/** A deployment that is there, in the pool it stays in, needs the upsert alone; for a new one its flow and pool may be missing. */
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
    // An upsert forgets the labels that it isn't given.
    labels: { ...othersLabels(live), ...labels, ...(commit ? { [labelNames.commit]: commit } : {}) },
  };
}

/** Without those that the server writes itself. */
function othersLabels(live: Deployment | undefined): NonNullable<Deployment['labels']> {
  return Object.fromEntries(Object.entries(live?.labels ?? {}).filter(([name]) => !name.startsWith('prefect.')));
}
