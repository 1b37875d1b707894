import { messageOf } from '@tributary/contract/error';
import { fromMillis } from '@tributary/contract/moment';
import type { Ticket } from '@tributary/contract/ticket';

import type { Context } from '../context.ts';
import { acquireHost } from '../host/acquire.ts';
import type { RunHost } from '../host/run-host.ts';
import { can } from '../settings.ts';
import type { ActiveRun } from '../watch/active-run.ts';
import type { ProposedEnd } from '../report/report-end.ts';
import type { Claim } from './claim-proposal.ts';
import type { Place, Prepared } from './prepare.ts';
import { reportHolder } from '../report/holder.ts';
import { type Renamed, renamePending } from './rename-pending.ts';
import { writeTicket } from './write-ticket.ts';

/** A run that can start: its host is ready, and its ticket is not sent yet. */
export interface Begun {
  readonly host: RunHost;
  readonly ticket: Ticket;
}

/**
 * Gets a host ready, and proposes Submitting at the same time. If the run is asked to end before it starts, the host is killed.
 * @returns the end to propose if the run can't start; 'not ours' if another worker holds the run by now
 */
export async function begin(
  context: Context,
  active: ActiveRun,
  claim: Claim,
  { deployment, env, from: { code, source } }: Prepared<Place>,
): Promise<Begun | ProposedEnd | 'not ours'> {
  const { settings, hosts, afterwards, hurry } = context;
  const { run } = active;
  // A waiting host gets the run without another round trip, because the claim is already granted.
  const submitUnlessReady = async (host: RunHost): Promise<Renamed> =>
    host.isReady() ? { accepted: claim.state, instead: null } : renamePending(settings, run, claim, 'Submitting', hurry);
  try {
    const host = acquireHost(settings, hosts, source, env);
    active.onEnd(() => host.signal('SIGKILL'));
    const submitted = submitUnlessReady(host);
    // A server without claims must know the holder before the run's code starts: otherwise no worker could settle the run if this one died.
    const reported = can(settings, 'claim')
      ? undefined
      : submitted.then(
          ({ accepted }) => accepted && reportHolder(settings, run, { pid: host.pid, pulled: code.pulled }, hurry),
          () => undefined,
        );
    if (reported) afterwards('its holder was not reported', reported, run);
    // All three must settle, even if one fails: the next proposal must not overtake one that is still on its way.
    const [submitting, readying] = await Promise.allSettled([submitted, host.ready, reported]);
    if (submitting.status === 'fulfilled' && submitting.value.accepted && readying.status === 'fulfilled' && !active.asked()) {
      const claimedStateId = submitting.value.accepted.id;
      const now = fromMillis(Date.now());
      return { host, ticket: writeTicket(settings, { version: readying.value, run, deployment, claim, claimedStateId, code, env, now }) };
    }
    host.signal('SIGKILL');
    await host.ended;
    if (active.asked()) return notStarted(active);
    if (submitting.status === 'rejected') throw submitting.reason;
    if (readying.status === 'rejected') throw readying.reason;
    return submitting.value.instead?.type === 'CANCELLING' ? cancelled : 'not ours';
  } catch (error) {
    return { type: 'CRASHED', message: messageOf(error) };
  }
}

/** The end of a run that was cancelled before its host got a ticket. */
export const cancelled: ProposedEnd = { type: 'CANCELLED', message: 'Cancelled before it started.' };

/** The end of a run that was asked to end before its host got a ticket. */
export function notStarted(active: ActiveRun): ProposedEnd {
  return active.asked() === 'cancelled' ? cancelled : { type: 'CRASHED', message: 'The worker was stopped before the run started.' };
}
