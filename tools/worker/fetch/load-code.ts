import type { HeldCode } from '@tributary/code';
import { messageOf } from '@tributary/contract/error';
import { codeStates } from '@tributary/contract/nouns/code';

import { cancelled, notStarted } from '../claim/begin.ts';
import type { Claim } from '../claim/claim-proposal.ts';
import type { GitSource, Place, Prepared } from '../claim/prepare.ts';
import { renamePending } from '../claim/rename-pending.ts';
import type { Context } from '../context.ts';
import { resolvePulledHost } from '../host/resolve-host.ts';
import { shareHold } from '../host/share-hold.ts';
import { locate } from '../pull/locate.ts';
import type { RunLogs } from '../report/post-logs.ts';
import type { ProposedEnd } from '../report/report-end.ts';
import type { ActiveRun } from '../watch/active-run.ts';
import { fetchCode, nameOfCode, takeKnown } from './take-code.ts';

/** A claimed run whose code is on this machine. */
export interface Loaded {
  /** the claim with the run's present state */
  readonly claim: Claim;
  readonly prepared: Prepared<Place>;
  /** says that the run doesn't need its code any more */
  readonly release: () => void;
}

/**
 * Takes the code of a claimed run out of the store. Code that isn't there is fetched first: the run is "Fetching code" meanwhile. If the run
 * is asked to end, the fetch ends.
 * @returns the end to propose if the run can't start; 'not ours' if another worker holds the run by now
 */
export async function loadCode(
  context: Context,
  active: ActiveRun,
  claim: Claim,
  { from, ...prepared }: Prepared,
  logs: RunLogs,
): Promise<Loaded | ProposedEnd | 'not ours'> {
  if (!('kind' in from)) return { claim, prepared: { ...prepared, from }, release: () => undefined };
  const stop = new AbortController();
  active.onEnd((reason) => stop.abort(new Error(reason)));
  try {
    const taken = await take(context, active, claim, from, logs, stop);
    if (!('held' in taken)) return taken.end;
    return await settle(taken, from, prepared, logs);
  } catch (error) {
    if (active.asked()) return notStarted(active);
    return { type: 'CRASHED', message: messageOf(error) };
  }
}

/** Code that was taken, and the claim with the run's state by then. */
interface Taken {
  readonly claim: Claim;
  readonly held: HeldCode;
}

async function take(
  { settings, store: open, hurry }: Context,
  { run }: ActiveRun,
  claim: Claim,
  { clone }: GitSource,
  logs: RunLogs,
  stop: AbortController,
): Promise<Taken | { readonly end: ProposedEnd | 'not ours' }> {
  const store = await open();
  const known = await takeKnown(store, clone, stop.signal);
  if (known) return { claim, held: known };
  const renaming = renamePending(settings, run, claim, codeStates.fetching, hurry);
  const refuse = (): void => stop.abort(new Error('The run may no longer be fetched.'));
  renaming.then(({ accepted }) => accepted ?? refuse(), refuse);
  const tell = (line: string): void => logs.line('tributary.worker', 'info', line);
  // Both must settle, even if one fails: the next proposal must not overtake one that is still on its way.
  const [renamed, fetched] = await Promise.allSettled([renaming, fetchCode(settings, store, clone, { signal: stop.signal, tell })]);
  if (renamed.status === 'fulfilled' && renamed.value.accepted) {
    if (fetched.status === 'rejected') throw fetched.reason;
    return { claim: { ...claim, state: renamed.value.accepted }, held: fetched.value };
  }
  if (fetched.status === 'fulfilled') fetched.value.release();
  if (renamed.status === 'rejected') throw renamed.reason;
  return { end: renamed.value.instead?.type === 'CANCELLING' ? cancelled : 'not ours' };
}

/** Finds the run's files and its host in the code that was taken. */
async function settle(
  { claim, held }: Taken,
  { clone: { repository }, directory }: GitSource,
  prepared: Omit<Prepared, 'from'>,
  logs: RunLogs,
): Promise<Loaded> {
  const { root, framework, commit, tree } = held;
  const retain = shareHold(held.release);
  const release = retain();
  try {
    const name = nameOfCode({ repository, commit });
    logs.line('tributary.worker', 'info', `Code: ${name} (tree ${tree.slice(0, 12)}).`);
    const code = await locate(prepared.deployment, { root, directory, pulled: { repository, commit, tree } });
    const source = { ...resolvePulledHost({ root, framework, name }), retain };
    return { claim, prepared: { ...prepared, from: { code, source } }, release };
  } catch (error) {
    release();
    throw error;
  }
}
