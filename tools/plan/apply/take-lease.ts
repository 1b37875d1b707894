import type { Client } from '@tributary/contract/client';
import { isTributaryError, TributaryError } from '@tributary/contract/error';
import type { LeaseId } from '@tributary/contract/id';
import type { ConcurrencyLimit } from '@tributary/contract/nouns/concurrency';
import { unlessMissing } from '@tributary/contract/client/refusal';
import { wait } from '@tributary/contract/wait';
import type { PlanRoutes } from '../routes.ts';

/** Times in seconds. */
export interface LeaseTimes {
  /** how long the lease lasts if its holder is killed; a Prefect server takes 60 or more */
  readonly lasts: number;
  /** between two renewals */
  readonly renewal: number;
  /** between two looks at a lease that another deploy holds */
  readonly look: number;
  /** after how long without a renewal the holder counts as killed */
  readonly silence: number;
  /** how long a deploy waits for another one */
  readonly patience: number;
}

export const leaseTimes: LeaseTimes = { lasts: 60, renewal: 20, look: 1, silence: 75, patience: 300 };

/** The name of the concurrency limit that lets one deploy of a workspace write at a time. Names may not contain a slash. */
export function limitNameOf(workspace: string): string {
  return `tributary-deploy:${workspace.replace('/', ':')}`;
}

interface Waiting {
  readonly times: LeaseTimes;
  readonly announce: (line: string) => void;
}

/**
 * Takes the lease of a workspace. Waits while another deploy of the workspace holds it.
 * @returns undefined if the server is too old for leases
 * @throws `locked` if the other deploy doesn't end
 */
export async function takeLease(client: Client<PlanRoutes>, workspace: string, { times, announce }: Waiting): Promise<LeaseId | undefined> {
  const name = limitNameOf(workspace);
  const end = performance.now() + times.patience * 1000;
  try {
    for (let isFirst = true; ; isFirst = false) {
      const lease = await request(client, name, times);
      if (lease) return lease;
      if (isFirst) announce(`Waiting until another deploy of workspace ${workspace} has ended …`);
      if (!(await untilFree(client, name, { times, end }))) throw stillHeld(workspace, name, times);
    }
  } catch (error) {
    if (isTributaryError(error, 'not_found')) return undefined;
    throw error;
  }
}

/** @returns undefined if another deploy holds the lease */
async function request(client: Client<PlanRoutes>, name: string, { lasts }: LeaseTimes): Promise<LeaseId | undefined> {
  const body = { names: [name], slots: 1, lease_duration: lasts };
  try {
    const { data } = await client.takeLease({ body });
    // A lease of a limit that doesn't exist is granted to everybody.
    if (data.limits.some((limit) => limit.name === name)) return data.lease_id;
    await Promise.all([client.returnLease({ body: { lease_id: data.lease_id } }), createLimit(client, name)]);
    return (await client.takeLease({ body })).data.lease_id;
  } catch (error) {
    if (isTributaryError(error, 'locked')) return undefined;
    throw error;
  }
}

async function createLimit(client: Client<PlanRoutes>, name: string): Promise<void> {
  try {
    await client.createConcurrencyLimit({ body: { name, limit: 1 } });
  } catch (error) {
    if (!isTributaryError(error, 'conflict')) throw error;
  }
}

/**
 * Waits until the slot of the limit is free. A server that restarts forgets its leases, but not that the slot is taken. So a holder also marks
 * the limit at each renewal, and the slot of a holder that has been silent for too long is freed.
 * @returns false if the time is over
 */
async function untilFree(
  client: Client<PlanRoutes>,
  name: string,
  { times, end }: { readonly times: LeaseTimes; readonly end: number },
): Promise<boolean> {
  let mark: string | undefined;
  let marked = performance.now();
  for (;;) {
    const limit: ConcurrencyLimit | undefined = await unlessMissing(client.readConcurrencyLimit({ path: { idOrName: name } }));
    const now = performance.now();
    if (!limit || limit.active_slots === 0) return true;
    if (limit.updated !== mark) {
      mark = limit.updated;
      marked = now;
    }
    if (now - marked > times.silence * 1000) {
      await client.updateConcurrencyLimit({ path: { idOrName: name }, body: { active_slots: 0 } });
      return true;
    }
    if (now > end) return false;
    await wait(times.look);
  }
}

function stillHeld(workspace: string, name: string, { patience }: LeaseTimes): TributaryError {
  return new TributaryError(
    'locked',
    `Another deploy of workspace ${workspace} was still under way after ${patience} s, so nothing was sent: deploy again when it has ended. It holds the concurrency limit "${name}".`,
  );
}
