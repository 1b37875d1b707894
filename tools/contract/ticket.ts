import { z } from 'zod';

import type { ErrorCode } from './error.ts';
import { deploymentId, flowId, flowRunId, stateId } from './id.ts';
import { firstLargeInteger, jsonObject, readJson, writeJson } from './json.ts';
import { runCode } from './nouns/code.ts';
import { logCreate } from './nouns/log.ts';
import { carriedStateType } from './nouns/state.ts';
import { timestamp } from './time.ts';

/**
 * A host is part of the run's own code, so it may be older or newer than its worker. These rules let them work together:
 *
 * - A version of tickets never changes. A new field needs a new version, which is added here. Hosts and workers take all versions from the
 *   oldest to the newest, and a worker writes the newest version that both take.
 * - A host first reports `ticket versions`, and then `ready` with the oldest version that it takes. Workers that know version 2 only refuse
 *   any other number, and any other field, in `ready`; they ignore the report before it. Hosts that know version 2 only report `ready` alone.
 * - The fields of a message never change, because the other side refuses unknown ones. A host exits at an unknown command, so a new command
 *   needs a new version of tickets. A worker ignores unknown reports, so a new report doesn't. A command that only answers such a report needs
 *   none either, but the host must know that its worker answers: by the version of its ticket.
 */
export const oldestTicketVersion = 2;
export const newestTicketVersion = 3;
const ticketVersions = [oldestTicketVersion, newestTicketVersion] as const;
export type TicketVersion = (typeof ticketVersions)[number];

/** The versions of tickets that a host takes. */
export interface TicketVersions {
  readonly oldest: number;
  readonly newest: number;
}

/** @returns the newest version that this code writes and a host takes; undefined if there is none */
export function commonTicketVersion({ oldest, newest }: TicketVersions): TicketVersion | undefined {
  return ticketVersions.findLast((version) => version >= oldest && version <= newest);
}

/** The API's URL, and the environment variable that holds the credential. A ticket never has the credential itself. */
export const ticketApi = z.strictObject({
  url: z.string(),
  /** the variable holds `user:password` for `Basic`, a key for `Bearer` */
  credential: z.strictObject({ variable: z.string(), scheme: z.enum(['Basic', 'Bearer']) }).nullable(),
  /** what the server announced beyond Prefect's protocol */
  features: z.array(z.string()),
});

const ticket2 = z.strictObject({
  version: z.literal(2),
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
const ticket3 = z.strictObject({
  ...ticket2.shape,
  version: z.literal(3),
  /** the fetched code that the run executes; null if the code is in a local folder */
  code: runCode.nullable(),
});

/** Everything that a run host needs to execute one flow run. It is the worker's first message. Paths are absolute. */
export const ticket = z.discriminatedUnion('version', [ticket2, ticket3]);
export type Ticket = z.output<typeof ticket>;

/** The codes of the errors with which a checkout may fail. */
export const checkoutErrors = [
  'unreachable',
  'unauthorized',
  'not_found',
  'too_many_requests',
  'server_error',
  'bad_answer',
  'timeout',
  'cancelled',
  'misuse',
  'crashed',
  'storage',
] as const satisfies readonly ErrorCode[];

/** Messages from worker to host. */
export const hostCommand = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ticket'), ticket }),
  z.strictObject({ type: z.literal('cancel'), reason: z.enum(['cancelled', 'worker stopping']) }),
  /**
   * The worker saw the run paused or suspended. The host then reads the run itself, because the run may have been resumed since, or its own
   * code may have paused it.
   */
  z.strictObject({ type: z.literal('paused') }),
  /** answers the report `checkout` with the same id: the files are in this folder, which goes when the host has exited */
  z.strictObject({ type: z.literal('checked out'), id: z.int(), dir: z.string(), commit: z.string() }),
  /** answers the report `checkout` with the same id */
  z.strictObject({ type: z.literal('checkout failed'), id: z.int(), code: z.enum(checkoutErrors), message: z.string() }),
]);
export type HostCommand = z.output<typeof hostCommand>;

/** Prepares a command for the channel. */
export function toMessage(command: HostCommand): z.input<typeof hostCommand> {
  if (command.type !== 'ticket' || !firstLargeInteger(command.ticket.parameters)) return command;
  return { ...command, ticket: { ...command.ticket, parameters: writeJson(command.ticket.parameters) } };
}

/** Messages from host to worker. */
export const hostReport = z.discriminatedUnion('type', [
  /** the versions of tickets that the host takes; sent before `ready` */
  z.strictObject({ type: z.literal('ticket versions'), oldest: z.int(), newest: z.int() }),
  /** the host is ready for a ticket, of this version unless it has reported several */
  z.strictObject({ type: z.literal('ready'), ticketVersion: z.int() }),
  /** the run does nothing but wait for runs of deployments, so the worker may start another run in its slot */
  z.strictObject({ type: z.literal('waiting') }),
  /** the run works again, and takes its slot back at once; sent only after `waiting` */
  z.strictObject({ type: z.literal('working') }),
  /**
   * The run needs the files of a repository. Sent only after a ticket of version 3 or newer: an older worker doesn't answer. `ref` is a whole
   * commit, a branch, a tag, or `HEAD` for the default branch; `token` is the name of a secret.
   */
  z.strictObject({ type: z.literal('checkout'), id: z.int(), repository: z.string(), ref: z.string(), token: z.string().nullable() }),
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
