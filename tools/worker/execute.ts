import { messageOf } from '@tributary/contract/error';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import { begin, type Begun } from './claim/begin.ts';
import { claim } from './claim/claim.ts';
import type { Claim } from './claim/claim-proposal.ts';
import { prepare } from './claim/prepare.ts';
import type { Context } from './context.ts';
import type { Taken } from './poll/poll-history.ts';
import { can } from './settings.ts';
import type { ActiveRun } from './watch/active-run.ts';
import { follow } from './watch/follow.ts';
import { giveBack } from './report/give-back.ts';
import { createRunLogs } from './report/post-logs.ts';
import { type ProposedEnd, reportEnd } from './report/report-end.ts';
import { tellPid } from './report/tell-pid.ts';

/**
 * One run, from its claim to the end of its process. What is left to report then goes on without it, so that its slot is free.
 * @param decided called once, with what became of the claim
 */
export async function execute(context: Context, run: FlowRun, decided: (taken: Taken) => void): Promise<void> {
  const { settings, active, hosts, afterwards, hurry } = context;
  const mine = active.add(run);
  const preparing = prepare(context, run);
  const held = await claim(settings, run, hurry).catch((error: unknown) => {
    if (!hurry.aborted) settings.log(`${run.name}: not claimed. ${messageOf(error)}`);
    return 'refused' as const;
  });
  decided(typeof held === 'string' ? held : 'claimed');
  if (typeof held !== 'string') {
    const prepared = await preparing;
    const beginning = 'type' in prepared ? prepared : await begin(context, mine, held, prepared);
    if (beginning !== 'not ours') {
      if ('type' in beginning) afterwards('its end is not reported', endUnbegun(context, mine, held, beginning), run);
      else await carryOut(context, mine, held, beginning);
    }
  }
  active.remove(run);
  hosts.refill();
}

async function carryOut(context: Context, active: ActiveRun, held: Claim, { host, ticket }: Begun): Promise<void> {
  const { settings, afterwards, giveUp } = context;
  const { run } = active;
  const logs = createRunLogs(settings, run, giveUp);
  const following = follow(settings, active, host, ticket, logs);
  settings.log(`${run.name}: begins (${ticket.deployment?.name ?? 'no deployment'}).`);
  if (can(settings, 'claim')) afterwards('its process id is not reported', tellPid(settings, run, host.pid, giveUp), run);
  const { end, state } = await following;
  afterwards('its logs are not reported', logs.flush(), run);
  if (end) afterwards('its end is not reported', report(context, run, held, end), run);
  else settings.log(`${run.name}: ${state}.`);
}

/** A run that never began is handed back when the worker stops, so that another takes it. */
async function endUnbegun(context: Context, active: ActiveRun, held: Claim, end: ProposedEnd): Promise<void> {
  const { settings, giveUp } = context;
  const { run } = active;
  const back = active.asked() === 'worker stopping' && (await giveBack(settings, run, held.token, giveUp));
  if (back) settings.log(`${run.name}: handed back, it had not begun.`);
  else await report(context, run, held, end);
}

async function report({ settings, giveUp }: Context, run: FlowRun, held: Claim, end: ProposedEnd): Promise<void> {
  const told = await reportEnd(settings, run, held.token, end, giveUp);
  if (told) settings.log(`${run.name}: ${told.type === 'CRASHED' ? 'Crashed' : 'Cancelled'}. ${told.message}`);
}
