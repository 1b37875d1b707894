import { z } from 'zod';

import { deploymentId, flowId, flowRunId, stateId } from './id.ts';
import { firstLargeInteger, jsonObject, readJson, writeJson } from './json.ts';
import { logCreate } from './nouns/log.ts';
import { carriedStateType } from './nouns/state.ts';
import { timestamp } from './time.ts';

/** Changes when a host of the one version could not serve a worker of the other. */
export const ticketVersion = 2;

/** Where the API is, and which environment variable holds the credential: never its value. */
export const ticketApi = z.strictObject({
  url: z.string(),
  /** `Basic` takes `user:password` from the variable, `Bearer` a key */
  credential: z.strictObject({ variable: z.string(), scheme: z.enum(['Basic', 'Bearer']) }).nullable(),
  /** what the server announced beyond Prefect's protocol */
  features: z.array(z.string()),
});

/** All that a run host needs to execute one flow run. It is the worker's first message; every path is absolute. */
export const ticket = z.strictObject({
  version: z.literal(ticketVersion),
  flowRunId,
  flowRunName: z.string(),
  flowId,
  deployment: z.strictObject({ id: deploymentId, name: z.string() }).nullable(),
  scheduledStartTime: timestamp,
  tags: z.array(z.string()),
  /** the state in which the worker left the run; another one means that somebody else has it */
  claimedStateId: stateId,
  /** the fencing token; null where the server has none */
  claim: z.string().nullable(),
  /** run_count that this execution will have: 1 in the first attempt */
  attempt: z.int().positive(),
  /** held while the run lasts, renewed by the host; null without a concurrency limit */
  concurrencyLease: z.guid().nullable(),
  api: ticketApi,
  /** the work tree that the code and the framework are resolved in */
  root: z.string(),
  /** `/abs/path/flows/api.ts:exportProducts` */
  entrypoint: z.string(),
  cwd: z.string(),
  dataDir: z.string(),
  /** set in the host's process before user code loads */
  env: z.record(z.string(), z.string()),
  /** a text when they hold an integer that only a bigint does: the channel's JSON has none */
  parameters: z.union([jsonObject, z.string().transform(readJson).pipe(jsonObject)]),
});
export type Ticket = z.output<typeof ticket>;

/** Worker to host. */
export const hostCommand = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ticket'), ticket }),
  z.strictObject({ type: z.literal('cancel'), reason: z.enum(['cancelled', 'worker stopping']) }),
  /** the run was seen paused or suspended: the host looks, for it may have been the run itself, or be over */
  z.strictObject({ type: z.literal('paused') }),
]);
export type HostCommand = z.output<typeof hostCommand>;

/** A command as the channel carries it. */
export function toMessage(command: HostCommand): z.input<typeof hostCommand> {
  if (command.type !== 'ticket' || !firstLargeInteger(command.ticket.parameters)) return command;
  return { ...command, ticket: { ...command.ticket, parameters: writeJson(command.ticket.parameters) } };
}

/** Host to worker. */
export const hostReport = z.discriminatedUnion('type', [
  /** loaded and connected: a ticket may come */
  z.strictObject({ type: z.literal('ready'), ticketVersion: z.int() }),
  /** a batch that an ending host could not send any more: the worker posts it as it is, under its id, for the server may have it already */
  z.strictObject({ type: z.literal('logs'), logs: z.array(logCreate), request: z.guid().optional() }),
  /** the run's last state as the server has it; null when the host gave up without one (ABORT) */
  z.strictObject({ type: z.literal('done'), state: carriedStateType.nullable() }),
]);
export type HostReport = z.output<typeof hostReport>;

/** A host's exit codes: 0 once the server holds what became of the run, whatever that is; any other tells the worker to propose CRASHED. */
export const hostExit = { done: 0, crashed: 1 } as const;
