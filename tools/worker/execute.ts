import { messageOf } from '@tributary/contract/error';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import { begin, type Begun } from './claim/begin.ts';
import { claim } from './claim/claim.ts';
import type { Claim } from './claim/claim-proposal.ts';
import { prepare, type Prepared } from './claim/prepare.ts';
import type { Context } from './context.ts';
import { loadCode } from './fetch/load-code.ts';
import type { Taken } from './poll/poll-history.ts';
import type { RunSlot } from './poll/run-slots.ts';
import { can } from './settings.ts';
import type { ActiveRun } from './watch/active-run.ts';
import { follow } from './watch/follow.ts';
import { releaseRun } from './report/release-run.ts';
import { createRunLogs, type RunLogs } from './report/post-logs.ts';
import { type ProposedEnd, reportEnd } from './report/report-end.ts';
import { reportPid } from './report/report-pid.ts';

/**
 * Executes one run, from its claim to the end of its process. Unfinished reports then continue without a slot.
 * @param decided called once, with the outcome of the claim
 */
export async function execute(context: Context, run: FlowRun, slot: RunSlot, decided: (taken: Taken) => void): Promise<void> {
  const { settings, active, hosts, hurry } = context;
  const mine = active.add(run);
  const preparing = prepare(context, run);
  const held = await claim(settings, run, hurry).catch((error: unknown) => {
    if (!hurry.aborted) settings.log(`${run.name}: the claim failed. ${messageOf(error)}`);
    return 'refused' as const;
  });
  decided(typeof held === 'string' ? held : 'claimed');
  if (typeof held !== 'string') await executeClaimed(context, mine, held, await preparing, slot);
  active.remove(run);
  hosts.refill();
}

async function executeClaimed(
  context: Context,
  active: ActiveRun,
  held: Claim,
  prepared: Prepared | ProposedEnd,
  slot: RunSlot,
): Promise<void> {
  const { settings, giveUp } = context;
  if ('type' in prepared) return reportUnstarted(context, active, held, prepared);
  const logs = createRunLogs(settings, active.run, giveUp);
  const loaded = await loadCode(context, active, held, prepared, logs);
  if (loaded === 'not ours' || 'type' in loaded) return reportUnstarted(context, active, held, loaded, logs);
  try {
    const begun = await begin(context, active, loaded.claim, loaded.prepared);
    if (begun === 'not ours' || 'type' in begun) reportUnstarted(context, active, held, begun, logs);
    else await carryOut(context, active, held, begun, logs, slot);
  } finally {
    loaded.release();
  }
}

function reportUnstarted(context: Context, active: ActiveRun, held: Claim, end: ProposedEnd | 'not ours', logs?: RunLogs): void {
  const { afterwards } = context;
  if (logs) afterwards('its log lines were not reported', logs.flush(), active.run);
  if (end !== 'not ours') afterwards('its end was not reported', endUnstarted(context, active, held, end), active.run);
}

async function carryOut(
  context: Context,
  active: ActiveRun,
  held: Claim,
  { host, ticket }: Begun,
  logs: RunLogs,
  slot: RunSlot,
): Promise<void> {
  const { settings, afterwards, giveUp } = context;
  const { run } = active;
  const following = follow(settings, active, host, ticket, logs, slot);
  settings.log(`${run.name}: started (${ticket.deployment?.name ?? 'no deployment'}).`);
  if (can(settings, 'claim')) afterwards('its process id was not reported', reportPid(settings, run, host.pid, giveUp), run);
  const { end, state } = await following;
  afterwards('its log lines were not reported', logs.flush(), run);
  if (end) afterwards('its end was not reported', report(context, run, held, end), run);
  else settings.log(`${run.name}: ${state}.`);
}

/** Ends a run that was claimed and never started. If the worker stops, the run is released, so that another worker takes it. */
async function endUnstarted(context: Context, active: ActiveRun, held: Claim, end: ProposedEnd): Promise<void> {
  const { settings, giveUp } = context;
  const { run } = active;
  const isReleased = active.asked() === 'worker stopping' && (await releaseRun(settings, run, held.token, giveUp));
  if (isReleased) settings.log(`${run.name}: released before it started, so that another worker takes it.`);
  else await report(context, run, held, end);
}

async function report({ settings, giveUp }: Context, run: FlowRun, held: Claim, end: ProposedEnd): Promise<void> {
  const reported = await reportEnd(settings, run, held.token, end, giveUp);
  if (reported) settings.log(`${run.name}: ${reported.type === 'CRASHED' ? 'Crashed' : 'Cancelled'}. ${reported.message}`);
}
