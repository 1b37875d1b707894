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
import type { Prepared } from './prepare.ts';
import { introduce } from '../report/holder.ts';
import { submit, type Submitted } from './submit.ts';
import { writeTicket } from './write-ticket.ts';

export interface Begun {
  /** ready */
  readonly host: RunHost;
  /** to give it */
  readonly ticket: Ticket;
}

/**
 * Says that the run is about to begin while its host gets ready. An end asked for meanwhile ends the host at once.
 * @returns the end to propose when it can't begin, 'not ours' when somebody else has it by now
 */
export async function begin(
  context: Context,
  active: ActiveRun,
  claim: Claim,
  prepared: Prepared,
): Promise<Begun | ProposedEnd | 'not ours'> {
  const { settings, hosts, afterwards, hurry } = context;
  const { run } = active;
  const { deployment, code, env, source } = prepared;
  // Nobody else can have the run: a host that waits gets it without another round trip.
  const say = async (host: RunHost): Promise<Submitted> =>
    host.isReady() ? { accepted: claim.state, instead: null } : submit(settings, run, claim, hurry);
  try {
    const host = acquireHost(settings, hosts, source, env);
    active.onEnd(() => host.signal('SIGKILL'));
    const saying = say(host);
    // A server without claims learns who has the run before its code begins: otherwise nobody could settle it if this worker died.
    const naming = can(settings, 'claim')
      ? undefined
      : saying.then(
          ({ accepted }) => accepted && introduce(settings, run, host.pid, hurry),
          () => undefined,
        );
    if (naming) afterwards('its holder is not told', naming, run);
    // All are waited for, whatever becomes of one: no proposal of ours may be under way when the next is made.
    const [submitting, readying] = await Promise.allSettled([saying, host.ready, naming]);
    if (submitting.status === 'fulfilled' && submitting.value.accepted && readying.status === 'fulfilled' && !active.asked()) {
      const claimedStateId = submitting.value.accepted.id;
      return { host, ticket: writeTicket(settings, { run, deployment, claim, claimedStateId, code, env, now: fromMillis(Date.now()) }) };
    }
    host.signal('SIGKILL');
    await host.ended;
    if (active.asked()) return notBegun(active);
    if (submitting.status === 'rejected') throw submitting.reason;
    if (readying.status === 'rejected') throw readying.reason;
    return submitting.value.instead?.type === 'CANCELLING' ? cancelled : 'not ours';
  } catch (error) {
    return { type: 'CRASHED', message: messageOf(error) };
  }
}

const cancelled: ProposedEnd = { type: 'CANCELLED', message: 'Cancelled before it began.' };

function notBegun(active: ActiveRun): ProposedEnd {
  return active.asked() === 'cancelled' ? cancelled : { type: 'CRASHED', message: 'The worker was stopped before the run began.' };
}
