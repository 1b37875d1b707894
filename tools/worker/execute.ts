import { messageOf } from '@tributary/contract/error';
import type { RunCode } from '@tributary/contract/nouns/code';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import { serveCheckouts } from './checkout/serve-checkouts.ts';
import { begin, type Begun } from './claim/begin.ts';
import { claim } from './claim/claim.ts';
import type { Claim } from './claim/claim-proposal.ts';
import { prepare, type Prepared } from './claim/prepare.ts';
import { settleUnstarted } from './claim/settle-unstarted.ts';
import type { Context } from './context.ts';
import { loadCode } from './fetch/load-code.ts';
import type { Taken } from './poll/poll-history.ts';
import type { RunSlot } from './poll/run-slots.ts';
import { can } from './settings.ts';
import type { ActiveRun } from './watch/active-run.ts';
import { follow } from './watch/follow.ts';
import type { ProposedRelease } from './report/release-run.ts';
import { createRunLogs, type RunLogs } from './report/post-logs.ts';
import { type ProposedEnd, reportEnd } from './report/report-end.ts';
import { holdSlot } from './report/hold-slot.ts';
import { reportCode } from './report/holder.ts';
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
  const { settings, afterwards, giveUp } = context;
  const { run } = active;
  const logs = createRunLogs(settings, run, giveUp);
  const unstarted = (end: ProposedEnd | ProposedRelease | 'not ours'): void => {
    afterwards('its log lines were not reported', logs.flush(), run);
    if (end !== 'not ours') afterwards('its end was not reported', settleUnstarted(context, active, held, end), run);
  };
  if ('type' in prepared) return unstarted(prepared);
  const letSlotGo = holdSlot(settings, held.state, (message) => logs.line('tributary.worker', 'warning', message));
  try {
    const loaded = await loadCode(context, active, held, prepared, logs);
    if (loaded === 'not ours' || 'type' in loaded) return unstarted(loaded);
    try {
      const begun = await begin(context, active, loaded.claim, loaded.prepared);
      // From here on the run's host renews the lease.
      letSlotGo();
      if (begun === 'not ours' || 'type' in begun) unstarted(begun);
      else await carryOut(context, active, held, begun, loaded.prepared.from.code.pulled, logs, slot);
    } finally {
      loaded.release();
    }
  } finally {
    letSlotGo();
  }
}

async function carryOut(
  context: Context,
  active: ActiveRun,
  { token }: Claim,
  { host, ticket }: Begun,
  pulled: RunCode | null,
  logs: RunLogs,
  slot: RunSlot,
): Promise<void> {
  const { settings, afterwards, giveUp } = context;
  const { run } = active;
  const checkouts = serveCheckouts(context, run, logs);
  const following = follow(settings, active, host, ticket, logs, slot, checkouts);
  settings.log(`${run.name}: started (${ticket.deployment?.name ?? 'no deployment'}).`);
  if (can(settings, 'claim')) afterwards('its process id was not reported', reportPid(settings, run, host.pid, giveUp), run);
  if (can(settings, 'claim')) afterwards('its code was not reported', reportCode(settings, run, pulled, giveUp), run);
  const { end, state } = await following;
  afterwards('its checkouts were not removed', checkouts.close(), run);
  afterwards('its log lines were not reported', logs.flush(), run);
  if (end) afterwards('its end was not reported', reportEnd(settings, run, token, end, giveUp), run);
  else settings.log(`${run.name}: ${state}.`);
}
