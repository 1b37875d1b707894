import { z } from 'zod';

import { deploymentId, flowId, flowRunId, stateId } from './id.ts';
import { firstLargeInteger, jsonObject, readJson, writeJson } from './json.ts';
import { logCreate } from './nouns/log.ts';
import { carriedStateType } from './nouns/state.ts';
import { timestamp } from './time.ts';

/** Increased with each change after which hosts and workers of different versions can't work together. */
export const ticketVersion = 2;

/** The API's URL, and the environment variable that holds the credential. A ticket never has the credential itself. */
export const ticketApi = z.strictObject({
  url: z.string(),
  /** the variable holds `user:password` for `Basic`, a key for `Bearer` */
  credential: z.strictObject({ variable: z.string(), scheme: z.enum(['Basic', 'Bearer']) }).nullable(),
  /** what the server announced beyond Prefect's protocol */
  features: z.array(z.string()),
});

/** Everything that a run host needs to execute one flow run. It is the worker's first message. Paths are absolute. */
export const ticket = z.strictObject({
  version: z.literal(ticketVersion),
  flowRunId,
  flowRunName: z.string(),
  flowId,
  deployment: z.strictObject({ id: deploymentId, name: z.string() }).nullable(),
  scheduledStartTime: timestamp,
  tags: z.array(z.string()),
  /** the state in which the worker left the run; a run in another state belongs to another process */
  claimedStateId: stateId,
  /** the claim's token; null if the server gives no tokens */
  claim: z.string().nullable(),
  /** run_count of this execution: 1 in the first attempt */
  attempt: z.int().positive(),
  /** the lease on the deployment's concurrency limit, which the host renews while the run lasts; null without a limit */
  concurrencyLease: z.guid().nullable(),
  api: ticketApi,
  /** the work tree in which code and framework are resolved */
  root: z.string(),
  /** `/abs/path/flows/api.ts:exportProducts` */
  entrypoint: z.string(),
  cwd: z.string(),
  dataDir: z.string(),
  /** set in the host's process before user code loads */
  env: z.record(z.string(), z.string()),
  /** an object; JSON text if a parameter has a bigint, which the channel can't carry */
  parameters: z.union([jsonObject, z.string().transform(readJson).pipe(jsonObject)]),
});
export type Ticket = z.output<typeof ticket>;

/** Messages from worker to host. */
export const hostCommand = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ticket'), ticket }),
  z.strictObject({ type: z.literal('cancel'), reason: z.enum(['cancelled', 'worker stopping']) }),
  /**
   * The worker saw the run paused or suspended. The host then reads the run itself, because the run may have been resumed since, or its own
   * code may have paused it.
   */
  z.strictObject({ type: z.literal('paused') }),
]);
export type HostCommand = z.output<typeof hostCommand>;

/** Prepares a command for the channel. */
export function toMessage(command: HostCommand): z.input<typeof hostCommand> {
  if (command.type !== 'ticket' || !firstLargeInteger(command.ticket.parameters)) return command;
  return { ...command, ticket: { ...command.ticket, parameters: writeJson(command.ticket.parameters) } };
}

/** Messages from host to worker. A worker ignores messages that it doesn't know, so a new message doesn't need a new ticket version. */
export const hostReport = z.discriminatedUnion('type', [
  /** the host is ready for a ticket */
  z.strictObject({ type: z.literal('ready'), ticketVersion: z.int() }),
  /** the run does nothing but wait for runs of deployments, so the worker may start another run in its slot */
  z.strictObject({ type: z.literal('waiting') }),
  /** the run works again, and takes its slot back at once; sent only after `waiting` */
  z.strictObject({ type: z.literal('working') }),
  /** log lines that an ending host could not send; the worker posts them under the same request id, as the server may have them already */
  z.strictObject({ type: z.literal('logs'), logs: z.array(logCreate), request: z.guid().optional() }),
  /** the run's last state on the server; null if the host stopped without one (ABORT) */
  z.strictObject({ type: z.literal('done'), state: carriedStateType.nullable() }),
]);
export type HostReport = z.output<typeof hostReport>;

/**
 * A host's exit codes. `done` means that the server has the run's outcome, whatever it is. After any other code the worker proposes
 * CRASHED.
 */
export const hostExit = { done: 0, crashed: 1 } as const;
