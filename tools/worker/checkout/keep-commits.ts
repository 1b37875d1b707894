import { createHash } from 'node:crypto';

import { patience } from '@tributary/contract/client/patience';
import { type CheckedOut, checkoutLabel, checkoutsOf, checkoutValue } from '@tributary/contract/nouns/checkout';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { isCommit } from '@tributary/contract/repository';

import type { Settings } from '../settings.ts';

type Wanted = Omit<CheckedOut, 'commit'>;

/** The commits that a run's refs were at when it first got their files. All attempts of the run get the same ones, although branches move. */
export interface KeptCommits {
  /**
   * Finds the commit of a ref.
   * @param resolve asks the repository's server, if this process of the run hasn't asked before, and no earlier one got files
   */
  find(wanted: Wanted, resolve: () => Promise<string>): Promise<string>;
  /** Labels the run with a checkout whose files are there. Later attempts read the label. */
  keep(checkedOut: CheckedOut): Promise<void>;
}

/** @param run the run as it was claimed: its labels have the commits of earlier attempts */
export function keepCommits({ client }: Pick<Settings, 'client'>, run: FlowRun, signal: AbortSignal): KeptCommits {
  const earlier = checkoutsOf(run.labels).map((one) => [keyOf(one), one.commit] as const);
  const commits = new Map(earlier.map(([key, commit]) => [key, Promise.resolve(commit)]));
  const labels = new Map(earlier.map(([key]) => [key, Promise.resolve()]));
  const label = async (one: CheckedOut): Promise<void> => {
    const body = { [`${checkoutLabel}${keyOf(one)}`]: checkoutValue(one) };
    await client.updateFlowRunLabels({ path: { id: run.id }, body, patience: patience.worker, signal });
  };
  return {
    find: (wanted, resolve) => doOnce(commits, keyOf(wanted), () => (isCommit(wanted.ref) ? Promise.resolve(wanted.ref) : resolve())),
    keep: (one) => doOnce(labels, keyOf(one), () => label(one)),
  };
}

/** Does work once for all who ask for it. Work that failed is done again for the next one. */
function doOnce<Result>(done: Map<string, Promise<Result>>, key: string, work: () => Promise<Result>): Promise<Result> {
  const found = done.get(key) ?? work();
  done.set(key, found);
  found.catch(() => done.delete(key));
  return found;
}

function keyOf({ repository, ref }: Wanted): string {
  return createHash('sha256').update(`${repository} ${ref}`).digest('hex').slice(0, 12);
}
