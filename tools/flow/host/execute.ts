import { relative, sep } from 'node:path';

import type { CarriedStateType } from '@tributary/contract/nouns/state';
import { logLevels } from '@tributary/contract/nouns/log';
import { isTributaryError, messageOf } from '@tributary/contract/error';
import type { Ticket } from '@tributary/contract/ticket';

import type { FlowDefinition } from '../run/flow-definition.ts';
import type { Clients } from '../report/clients.ts';
import { stoppedState } from '../report/states/stopped-state.ts';
import type { ServerPort } from '../report/server-port.ts';
import { captureConsole } from '../run/capture-console.ts';
import { readOnlyHint } from '../run/read-only-hint.ts';
import type { RunInfo } from '../run/run-info.ts';
import { runFlow } from '../run/run-flow.ts';
import { masked } from '../run/secret-mask.ts';
import { loadFlow } from './load-flow.ts';
import { prepare } from './prepare.ts';

/**
 * Executes the flow run of a ticket.
 * @returns the run's last state on the server; null if the run belongs to another process
 * @throws if the last state could not be sent to the server
 */
export async function execute(ticket: Ticket, clients: Clients, port: ServerPort): Promise<CarriedStateType | null> {
  if (!ticket.api.features.includes('claim') && !(await isOurs(ticket, clients))) return null;
  let flow;
  try {
    prepare(ticket);
    captureConsole(port, ticket.flowRunId);
    flow = await loadFlow(ticket);
  } catch (error) {
    if (port.signal.aborted) return (await port.endRootRun(stoppedState(port.signal.reason)))?.type ?? null;
    return crash(ticket, port, error);
  }
  return executeFlow(flow, ticket, port);
}

/** Runs the flow of a ticket. @returns the run's last state on the server; null if the run belongs to another process */
export async function executeFlow(flow: FlowDefinition, ticket: Ticket, port: ServerPort): Promise<CarriedStateType | null> {
  const outcome = await runFlow(flow, ticket.parameters, port, {
    flowRunId: ticket.flowRunId,
    flowRunName: ticket.flowRunName,
    deployment: ticket.deployment && `${flow.name}/${ticket.deployment.name}`,
    scheduledStartTime: ticket.scheduledStartTime,
    tags: ticket.tags,
    cwd: ticket.cwd,
    dataDir: ticket.dataDir,
    code: codeOf(ticket),
    integration: integrationOf(ticket),
  });
  return outcome.state?.type ?? null;
}

function codeOf(ticket: Ticket): RunInfo['code'] {
  return ticket.version === 2 ? null : ticket.code;
}

function integrationOf({ root, cwd }: Ticket): string {
  return relative(root, cwd).split(sep).join('/');
}

/**
 * Checks that the run still belongs to this process. A server without claims may give a run to several workers. If the run's state isn't the
 * one that the worker set, another process has taken the run. A run that is being cancelled belongs to this process, which ends it as
 * cancelled.
 */
async function isOurs({ flowRunId, claimedStateId }: Ticket, clients: Clients): Promise<boolean> {
  try {
    const { data } = await (await clients.full()).readFlowRun({ path: { id: flowRunId } });
    return data.state_id === claimedStateId || data.state_type === 'CANCELLING';
  } catch (error) {
    if (isTributaryError(error, 'not_found')) return false;
    throw error;
  }
}

/** Ends a run as CRASHED because its code could not be loaded. */
async function crash(ticket: Ticket, port: ServerPort, error: unknown): Promise<CarriedStateType | null> {
  const { flowRunId, cwd } = ticket;
  const failure = masked(messageOf(error));
  const message = `${failure}${readOnlyHint(failure, { code: codeOf(ticket), cwd }, integrationOf(ticket))}`;
  port.log({ name: 'tributary.host', level: logLevels.error, message, timestamp: port.clock(), flow_run_id: flowRunId });
  return (await port.endRootRun({ type: 'CRASHED', message }))?.type ?? null;
}
