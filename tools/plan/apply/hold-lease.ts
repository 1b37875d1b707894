import type { Client } from '@tributary/contract/client';
import { isTributaryError, TributaryError } from '@tributary/contract/error';
import type { LeaseId } from '@tributary/contract/id';
import { waitUnless } from '@tributary/contract/wait';

import { limitNameOf, leaseTimes, type LeaseTimes, takeLease } from './take-lease.ts';
import type { PlanRoutes } from '../routes.ts';

/** The right to write to the deployments of a workspace. */
export interface Turn {
  /** @throws `locked` if another deploy may have begun in the meantime */
  check(): void;
  end(): Promise<void>;
}

interface TurnOptions {
  readonly announce: (line: string) => void;
  readonly times?: LeaseTimes;
}

/** Waits until no other deploy of this workspace writes to the engine, and keeps others waiting until the turn ends. @throws `locked` */
export async function holdLease(
  client: Client<PlanRoutes>,
  workspace: string,
  { announce, times = leaseTimes }: TurnOptions,
): Promise<Turn> {
  const id = await takeLease(client, workspace, { times, announce });
  return id ? keepLease(client, id, workspace, times) : { check: () => undefined, end: async () => undefined };
}

function keepLease(client: Client<PlanRoutes>, id: LeaseId, workspace: string, times: LeaseTimes): Turn {
  const stop = new AbortController();
  let until = performance.now() + times.lasts * 1000;

  async function renew(): Promise<void> {
    const sent = performance.now();
    try {
      await client.renewLease({ path: { id }, body: { lease_duration: times.lasts }, patience: times.renewal });
      until = sent + times.lasts * 1000;
      // The mark that the holder is alive: a change that changes nothing but the limit's time of update.
      await client.updateConcurrencyLimit({ path: { idOrName: limitNameOf(workspace) }, body: { active: true }, patience: times.renewal });
    } catch (error) {
      if (isTributaryError(error) && error.facts.status === 410) until = 0;
      // Other failures may pass. The lease lapses if all renewals fail.
    }
  }
  const renewing = (async () => {
    for (;;) {
      await waitUnless(times.renewal, stop.signal);
      if (stop.signal.aborted || until === 0) return;
      await renew();
    }
  })();

  return {
    check() {
      if (performance.now() < until) return;
      throw new TributaryError(
        'locked',
        `The deploy's turn in workspace ${workspace} has lapsed, and another deploy may have begun: deploy again.`,
      );
    },
    async end() {
      stop.abort();
      await renewing;
      // If this fails, the lease lapses by itself.
      await client.returnLease({ body: { lease_id: id } }).catch(() => undefined);
    },
  };
}
