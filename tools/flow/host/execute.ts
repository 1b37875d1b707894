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
import { runFlow } from '../run/run-flow.ts';
import { masked } from '../run/secret-mask.ts';
import { loadFlow } from './load-flow.ts';
import { prepare } from './prepare.ts';

/**
 * Executes the flow run of a ticket.
 * @returns its last state as the server has it; null when the run is not, or no longer, ours
 * @throws when the server could not be told
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

/** Runs the flow that was found. */
export async function executeFlow(flow: FlowDefinition, ticket: Ticket, port: ServerPort): Promise<CarriedStateType | null> {
  const outcome = await runFlow(flow, ticket.parameters, port, {
    flowRunId: ticket.flowRunId,
    flowRunName: ticket.flowRunName,
    deployment: ticket.deployment && `${flow.name}/${ticket.deployment.name}`,
    scheduledStartTime: ticket.scheduledStartTime,
    tags: ticket.tags,
    cwd: ticket.cwd,
    dataDir: ticket.dataDir,
    integration: relative(ticket.root, ticket.cwd).split(sep).join('/'),
  });
  return outcome.state?.type ?? null;
}

/**
 * A server without claims hands a run to whoever asks: another state than the worker left means that somebody else has it. One that is being
 * cancelled goes on, to where it ends as cancelled.
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

/** The code could not even be begun. */
async function crash({ flowRunId }: Ticket, port: ServerPort, error: unknown): Promise<CarriedStateType | null> {
  const message = masked(messageOf(error));
  port.log({ name: 'tributary.host', level: logLevels.error, message, timestamp: port.clock(), flow_run_id: flowRunId });
  return (await port.endRootRun({ type: 'CRASHED', message }))?.type ?? null;
}
