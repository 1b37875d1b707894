import type { HeldCode } from '@tributary/code';
import { nameOf } from '@tributary/code/code';
import { messageOf } from '@tributary/contract/error';
import { addSeconds } from '@tributary/contract/moment';
import { codeStates } from '@tributary/contract/nouns/code';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { shortHash } from '@tributary/contract/short-hash';

import { cancelled, notStarted } from '../claim/begin.ts';
import type { Claim } from '../claim/claim-proposal.ts';
import type { GitSource, Place, Prepared } from '../claim/prepare.ts';
import { type Renamed, renamePending } from '../claim/rename-pending.ts';
import type { Context } from '../context.ts';
import { resolvePulledHost } from '../host/resolve-host.ts';
import { shareHold } from '../host/share-hold.ts';
import { locate } from '../pull/locate.ts';
import { reportHolderOnly } from '../report/holder.ts';
import type { RunLogs } from '../report/post-logs.ts';
import type { ProposedRelease } from '../report/release-run.ts';
import type { ProposedEnd } from '../report/report-end.ts';
import { can, type Settings } from '../settings.ts';
import type { ActiveRun } from '../watch/active-run.ts';
import { judgeFailure, judgeTries } from './hand-back.ts';
import { fetchCode, takeKnown } from './take-code.ts';

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
 * @returns the state to propose if the run can't start; 'not ours' if another worker holds the run by now
 */
export async function loadCode(
  context: Context,
  active: ActiveRun,
  claim: Claim,
  { from, ...prepared }: Prepared,
  logs: RunLogs,
): Promise<Loaded | ProposedEnd | ProposedRelease | 'not ours'> {
  if (!('kind' in from)) return { claim, prepared: { ...prepared, from }, release: () => undefined };
  const { settings, hurry } = context;
  const began = performance.now();
  const stop = new AbortController();
  active.onEnd((reason) => stop.abort(new Error(reason)));
  try {
    const taken = await take(context, active, claim, from, logs, stop);
    return 'held' in taken ? await settle(taken, from, prepared, logs) : taken.end;
  } catch (error) {
    if (active.asked()) return notStarted(active);
    const now = addSeconds(claim.state.timestamp, (performance.now() - began) / 1000);
    return await judgeFailure(settings, active.run, error, now, hurry);
  }
}

/** Code that was taken, and the claim with the run's state by then. */
interface TakenCode {
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
): Promise<TakenCode | { readonly end: ProposedEnd | 'not ours' }> {
  const store = await open();
  const known = await takeKnown(store, clone, stop.signal);
  if (known) return { claim, held: known };
  const end = await judgeTries(settings, run, hurry);
  if (end) return { end };
  const renaming = announce(settings, run, claim, hurry);
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

/** Proposes the state "Fetching code", and reports the holder, as a fetch may take minutes. */
async function announce(settings: Settings, run: FlowRun, claim: Claim, signal: AbortSignal): Promise<Renamed> {
  const renamed = await renamePending(settings, run, claim, codeStates.fetching, signal);
  if (renamed.accepted && !can(settings, 'claim'))
    await reportHolderOnly(settings, run, signal).catch((error: unknown) =>
      settings.log(`${run.name}: its holder was not reported. ${messageOf(error)}`),
    );
  return renamed;
}

/** Finds the run's files and its host in the code that was taken. */
async function settle(
  { claim, held }: TakenCode,
  { clone: { repository }, directory }: GitSource,
  prepared: Omit<Prepared, 'from'>,
  logs: RunLogs,
): Promise<Loaded> {
  const { root, framework, commit, tree } = held;
  const retain = shareHold(held.release);
  const release = retain();
  try {
    const name = nameOf({ repository, commit });
    logs.line('tributary.worker', 'info', `Code: ${name} (tree ${shortHash(tree)}).`);
    const code = await locate(prepared.deployment, { root, directory, pulled: { repository, commit, tree } });
    const source = { ...resolvePulledHost({ root, framework, name }), retain };
    return { claim, prepared: { ...prepared, from: { code, source } }, release };
  } catch (error) {
    release();
    throw error;
  }
}
