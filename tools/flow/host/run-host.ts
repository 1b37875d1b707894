import { messageOf, TributaryError } from '@tributary/contract/error';
import { logLevels } from '@tributary/contract/nouns/log';
import type { CarriedStateType } from '@tributary/contract/nouns/state';
import { hostExit, type HostCommand, type Ticket, ticketVersion } from '@tributary/contract/ticket';

import '../index.ts';
import { authorizationOf } from '../engine/credential.ts';
import { type Clients, createClients } from '../report/clients.ts';
import { stoppedState } from '../report/states/stopped-state.ts';
import { createServerPort, type ServerPort } from '../report/server-port.ts';
import { hideSecret, masked } from '../run/secret-mask.ts';
import { type Channel, openChannel } from './channel.ts';
import { execute } from './execute.ts';
import { sendLastWords } from './last-words.ts';
import { openConnection, warmUp } from './warm-up.ts';

/** Seconds that a run has to end by itself once its process has to go: the rest of ten is for telling the server. */
const graceSeconds = 7;
const lastSeconds = 10;
/** Milliseconds after which nobody seems to wait for this host. */
const idleAfter = 25;

interface Running {
  readonly ticket: Ticket;
  readonly authorization: string | undefined;
  readonly clients: Clients;
  readonly port: ServerPort;
  readonly stop: AbortController;
  /** whether the process has to go, whatever the run says */
  leaving: boolean;
  /** whether the worker has been told the end */
  over: boolean;
}

/** The life of a run host: ready, one ticket, one run, its end. Only here the process is told to exit. */
export function runHost(): void {
  let running: Running | undefined;
  const channel = openChannel({
    command: (command) => obey(command),
    failed: (error) => fail(error),
    closed: () => leave(new TributaryError('crashed', 'The worker that started this run is gone.')),
  });
  if (!channel) return fail(new TributaryError('misuse', 'A run host is started by a worker: `npx tributary worker start`.'));
  process.on('SIGTERM', () => leave(new TributaryError('crashed', 'The run was told to stop by SIGTERM.')));
  process.on('SIGINT', () => leave(new TributaryError('crashed', 'The run was told to stop by SIGINT.')));
  process.on('uncaughtException', (error) => escaped(error, "An exception outside the flow's own promise"));
  process.on('unhandledRejection', (error) =>
    escaped(error, 'A promise was rejected while nobody awaited it (start a task with .submit() to await it later)'),
  );
  process.on('exit', () => {
    if (running && !running.over) sendLastWords(channel, running);
    if (!process.connected) endGroup();
  });

  const url = process.env['TRIBUTARY_API_URL'];
  if (url) void openConnection(url);
  channel.send({ type: 'ready', ticketVersion });
  // One that fails costs time, nothing else.
  const idle = setTimeout(() => void warmUp().catch(() => {}), idleAfter);

  function obey(command: HostCommand): void {
    if (command.type === 'cancel') {
      const reason =
        command.reason === 'cancelled'
          ? new TributaryError('cancelled', 'The run was cancelled.')
          : new TributaryError('crashed', 'The worker was stopped before the run had ended.');
      if (!running) return fail(reason);
      return running.stop.abort(reason);
    }
    if (command.type === 'paused') return running?.port.paused();
    if (running) return;
    clearTimeout(idle);
    // When the worker is gone, so are the readers of these: what is written to them is lost, and that is no fault of the run.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
    running = begin(command.ticket);
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
    await tell(channel, state);
    process.exit(hostExit.done);
  }

  /** The process has to go, soon: the run is crashed by then, whether it listens or not. */
  function leave(reason: TributaryError): void {
    if (!running) return process.exit(hostExit.crashed);
    if (running.leaving) return;
    running.leaving = true;
    running.stop.abort(reason);
    force(running);
  }

  /** After the grace the server is told over the head of user code, which may be deaf, unless the flow is telling its end. */
  function force(run: Running): void {
    setTimeout(() => {
      // What it was told first counts: a run that was being cancelled ends as cancelled.
      run.port.endRootRun(stoppedState(run.stop.signal.reason)).then((state) => conclude(run, state?.type ?? null), fail);
    }, graceSeconds * 1000);
    setTimeout(() => process.exit(hostExit.crashed), lastSeconds * 1000);
  }

  /** Something was thrown where no flow could catch it: what the process holds is not to be trusted any more. */
  function escaped(error: unknown, what: string): void {
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
    leave(new TributaryError('crashed', `${what}: ${messageOf(error)}`, { cause: error }));
  }

  function fail(error: unknown): void {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exit(hostExit.crashed);
  }
}

function begin(ticket: Ticket): Running {
  const stop = new AbortController();
  const authorization = takeCredential(ticket);
  const clients = createClients({ url: ticket.api.url, authorization });
  const port = createServerPort({
    clients,
    signal: stop.signal,
    root: {
      id: ticket.flowRunId,
      attempt: ticket.attempt,
      claim: ticket.claim,
      claimedStateId: ticket.claimedStateId,
      lease: ticket.concurrencyLease,
    },
    features: ticket.api.features,
  });
  return { ticket, authorization, clients, port, stop, leaving: false, over: false };
}

/**
 * Takes the API's credential out of the environment: the programs that user code starts have no use for it. The ticket's variables may bring
 * it too, and leave it there.
 * @returns the Authorization header's value
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

/** What the run has started and left is the worker's to end; when that is gone, it is ended with this process. */
function endGroup(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    // Somebody started it without a group of its own.
  }
}

async function tell(channel: Channel | undefined, state: CarriedStateType | null): Promise<void> {
  await channel?.deliver({ type: 'done', state });
}
