import { createHash } from 'node:crypto';

import { patience } from '@tributary/contract/client/patience';
import { type CheckedOut, checkoutLabel, checkoutsOf, checkoutValue } from '@tributary/contract/nouns/checkout';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { isCommit } from '@tributary/contract/repository';

import type { Settings } from '../settings.ts';

type Wanted = Omit<CheckedOut, 'commit'>;

/** The commits that a run's refs were at when the run first asked. All attempts of the run get the same ones, although branches move. */
export interface KeptCommits {
  /**
   * Finds the commit of a ref.
   * @param resolve asks the repository's server, if the run hasn't asked before
   */
  find(wanted: Wanted, resolve: () => Promise<string>): Promise<string>;
}

/** @param run the run as it was claimed: its labels have the commits of earlier attempts */
export function keepCommits({ client }: Pick<Settings, 'client'>, run: FlowRun, signal: AbortSignal): KeptCommits {
  const kept = new Map(checkoutsOf(run.labels).map((one) => [keyOf(one), Promise.resolve(one.commit)]));
  const settle = async (wanted: Wanted, resolve: () => Promise<string>): Promise<string> => {
    const commit = isCommit(wanted.ref) ? wanted.ref : await resolve();
    const body = { [`${checkoutLabel}${keyOf(wanted)}`]: checkoutValue({ ...wanted, commit }) };
    // Without the label, a later attempt could get another commit. So the run gets its files once the label is stored.
    await client.updateFlowRunLabels({ path: { id: run.id }, body, patience: patience.worker, signal });
    return commit;
  };
  return {
    find(wanted, resolve) {
      const key = keyOf(wanted);
      const found = kept.get(key) ?? settle(wanted, resolve);
      kept.set(key, found);
      found.catch(() => kept.delete(key));
      return found;
    },
  };
}

function keyOf({ repository, ref }: Wanted): string {
  return createHash('sha256').update(`${repository} ${ref}`).digest('hex').slice(0, 12);
}
