import type { Context } from '../context.ts';
import { type ProposedRelease, releaseForNow, releaseRun } from '../report/release-run.ts';
import { type ProposedEnd, reportEnd } from '../report/report-end.ts';
import type { ActiveRun } from '../watch/active-run.ts';
import type { Claim } from './claim-proposal.ts';

/**
 * Reports that a claimed run never started. If the worker stops, or the run's code could not be fetched for now, the run is released, so that
 * a worker takes it again.
 */
export async function settleUnstarted(
  { settings, giveUp }: Pick<Context, 'settings' | 'giveUp'>,
  active: ActiveRun,
  { token }: Claim,
  given: ProposedEnd | ProposedRelease,
): Promise<void> {
  const { run } = active;
  const stopped = `Worker "${settings.name}" was stopped before the run started.`;
  const release = active.asked() === 'worker stopping' ? releaseForNow(run, { message: stopped }) : given;
  if (release.type === 'SCHEDULED' && (await releaseRun(settings, run, token, release, giveUp)))
    return settings.log(`${run.name}: released before it started, so that a worker takes it again. ${release.message}`);
  // A release is refused if the run was cancelled, or belongs to another worker by now.
  await reportEnd(settings, run, token, given.type === 'SCHEDULED' ? { type: 'CRASHED', message: given.message } : given, giveUp);
}
