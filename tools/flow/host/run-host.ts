import { messageOf, TributaryError } from '@tributary/contract/error';
import { logLevels } from '@tributary/contract/nouns/log';
import type { CarriedStateType } from '@tributary/contract/nouns/state';
import { hostExit, type HostCommand, newestTicketVersion, oldestTicketVersion, type Ticket } from '@tributary/contract/ticket';

import '../index.ts';
import { authorizationOf } from '../engine/credential.ts';
import { type Clients, createClients } from '../report/clients.ts';
import { stoppedState } from '../report/states/stopped-state.ts';
import { createServerPort, type ServerPort } from '../report/server-port.ts';
import { hideSecret, masked } from '../run/secret-mask.ts';
import { askForCheckouts, type Checkouts } from './ask-for-checkouts.ts';
import { type Channel, openChannel, reportWaiting } from './channel.ts';
import { execute } from './execute.ts';
import { sendLastWords } from './last-words.ts';
import { loadForCalls, openConnection, warmUp } from './warm-up.ts';

/** How long a run may take to end itself once its process has to exit, in seconds. After that time the host ends the run on the server. */
const graceSeconds = 7;
/** A process that has to exit exits within this many seconds. */
const exitSeconds = 10;
/** A host that has waited this many milliseconds for its ticket was prestarted, and has time to warm up. */
const idleAfter = 25;
/**
 * A host that has waited this many milliseconds isn't part of a burst of runs. It has time to load code that only some runs need, which
 * would slow down a burst.
 */
const quietAfter = 2000;

interface Running {
  readonly ticket: Ticket;
  readonly authorization: string | undefined;
  readonly clients: Clients;
  readonly port: ServerPort;
  readonly stop: AbortController;
  readonly checkouts: Checkouts;
  /** whether the process has to exit even if the run doesn't end */
  exiting: boolean;
  /** whether `done` was sent to the worker */
  over: boolean;
}

/** Runs the host: it sends `ready`, receives one ticket, executes its run, and exits. Only this file calls process.exit. */
export function runHost(): void {
  let running: Running | undefined;
  const channel = openChannel({
    command: (command) => obey(command),
    failed: (error) => fail(error),
    closed: () => exitSoon(new TributaryError('crashed', 'The worker that started this run has exited.')),
  });
  if (!channel)
    return fail(new TributaryError('misuse', 'Only a worker starts run hosts. Start a worker with: npx tributary worker start'));
  process.on('SIGTERM', () => exitSoon(new TributaryError('crashed', 'The run was stopped by SIGTERM.')));
  process.on('SIGINT', () => exitSoon(new TributaryError('crashed', 'The run was stopped by SIGINT.')));
  process.on('uncaughtException', (error) => uncaught(error, "An uncaught exception outside the flow's function"));
  process.on('unhandledRejection', (error) =>
    uncaught(error, 'A promise that no code awaited was rejected (to await a task later, start it with .submit())'),
  );
  process.on('exit', () => {
    if (running && !running.over) sendLastWords(channel, running);
    if (process.connected) return;
    running?.checkouts.remove();
    endGroup();
  });

  const url = process.env['TRIBUTARY_API_URL'];
  if (url) void openConnection(url);
  channel.send({ type: 'ticket versions', oldest: oldestTicketVersion, newest: newestTicketVersion });
  channel.send({ type: 'ready', ticketVersion: oldestTicketVersion });
  // If the warm-up fails, the run is only slower.
  const idle = setTimeout(() => void warmUp().catch(() => {}), idleAfter);
  const quiet = setTimeout(() => void loadForCalls().catch(() => {}), quietAfter);

  function obey(command: HostCommand): void {
    if (command.type === 'cancel') {
      const reason =
        command.reason === 'cancelled'
          ? new TributaryError('cancelled', 'The run was cancelled.')
          : new TributaryError('crashed', 'The worker was stopped before the run ended.');
      if (!running) return fail(reason);
      return running.stop.abort(reason);
    }
    if (command.type === 'paused') return running?.port.paused();
    if (command.type === 'checked out' || command.type === 'checkout failed') return running?.checkouts.settle(command);
    if (running || !channel) return;
    clearTimeout(idle);
    clearTimeout(quiet);
    // When the worker has exited, the streams have no reader. Their output is then lost, but the run must not fail because of that.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
    running = begin(command.ticket, channel);
    void finish(running);
  }

  async function finish(run: Running): Promise<void> {
    try {
      await conclude(run, await execute(run.ticket, run.clients, run.port));
    } catch (error) {
      fail(error);
    }
  }

  async function conclude(run: Running, state: CarriedStateType | null): Promise<void> {
    await Promise.all([run.port.flush(), run.port.release()]);
    if (run.over) return;
    run.over = true;
    await channel?.deliver({ type: 'done', state });
    process.exit(hostExit.done);
  }

  /** Stops the run. The process exits within 10 s, even if user code ignores the signal. */
  function exitSoon(reason: TributaryError): void {
    if (!running) return process.exit(hostExit.crashed);
    if (running.exiting) return;
    running.exiting = true;
    running.stop.abort(reason);
    forceEnd(running);
  }

  /**
   * Ends the run on the server after the grace period, in case user code ignores the signal. If the flow proposes an end itself, the
   * flow's end counts.
   */
  function forceEnd(run: Running): void {
    setTimeout(() => {
      // A signal keeps the reason of its first abort, so a run that was being cancelled ends as CANCELLED.
      run.port.endRootRun(stoppedState(run.stop.signal.reason)).then((state) => conclude(run, state?.type ?? null), fail);
    }, graceSeconds * 1000);
    setTimeout(() => process.exit(hostExit.crashed), exitSeconds * 1000);
  }

  /** Crashes the run after an error that no flow could catch, because the state of the process can't be trusted any more. */
  function uncaught(error: unknown, what: string): void {
    if (!running) return fail(error);
    const { port, ticket } = running;
    port.distrust();
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    port.log({
      name: 'tributary.host',
      level: logLevels.error,
      message: masked(`${what}: ${stack}`),
      timestamp: port.clock(),
      flow_run_id: ticket.flowRunId,
    });
    exitSoon(new TributaryError('crashed', `${what}: ${messageOf(error)}`, { cause: error }));
  }

  function fail(error: unknown): void {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exit(hostExit.crashed);
  }
}

function begin(ticket: Ticket, channel: Channel): Running {
  const stop = new AbortController();
  const authorization = takeCredential(ticket);
  const clients = createClients({ url: ticket.api.url, authorization });
  const checkouts = askForCheckouts(channel, ticket);
  const port = createServerPort({
    clients,
    checkOut: checkouts.checkOut,
    signal: stop.signal,
    root: {
      id: ticket.flowRunId,
      attempt: ticket.attempt,
      claim: ticket.claim,
      claimedStateId: ticket.claimedStateId,
      lease: ticket.concurrencyLease,
    },
    features: ticket.api.features,
    onlyWaits: reportWaiting(channel),
  });
  return { ticket, authorization, clients, port, stop, checkouts, exiting: false, over: false };
}

/**
 * Removes the API's credential from the environment, so that programs started by user code don't inherit it. If the ticket's variables contain
 * the credential, `prepare` sets it again.
 * @returns the value of the Authorization header
 */
function takeCredential({ api, env }: Ticket): string | undefined {
  if (!api.credential) return undefined;
  const { variable } = api.credential;
  const value = env[variable] ?? process.env[variable];
  delete process.env[variable];
  const authorization = authorizationOf(api.credential, { [variable]: value });
  for (const secret of [value, authorization?.split(' ')[1]]) if (secret) hideSecret(secret);
  return authorization;
}

/** Kills the programs that the run has started and that still run. Usually the worker does this, but the worker may have exited. */
function endGroup(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    // This process was started without a process group of its own.
  }
}
