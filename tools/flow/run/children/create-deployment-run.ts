import { isTributaryError, messageOf, TributaryError } from '@tributary/contract/error';
import type { TaskRunId } from '@tributary/contract/id';
import { writeJson } from '@tributary/contract/json';
import { fromMillis } from '@tributary/contract/moment';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { labelNames } from '@tributary/contract/nouns/label';
import { isTerminal, type StateProposalInput } from '@tributary/contract/nouns/state';

import { askedFor, askedIn } from './asked-for.ts';
import type { RunContext } from '../context.ts';
import { type DeploymentCall, type DeploymentRun, withState } from './deployment-call.ts';
import type { DeploymentPort } from '../engine-port.ts';
import { heedStop } from '../heed-stop.ts';
import { inputsOf, withResults } from '../task/inputs.ts';
import { whyNotExact } from '../json-value.ts';
import { mayBegin } from '../pause/may-begin.ts';
import { holdsSecret, masked } from '../secret-mask.ts';
import { refuseBadEnd } from './refuse-bad-end.ts';
import { takeOver } from './take-over.ts';
import { waitForEnd } from './wait-for-end.ts';

/**
 * Creates the child run of `runDeployment` or `createFlowRun` for a worker to execute, or takes over the run that an equal call in an earlier
 * attempt created. Then waits for the run's end, up to the call's timeout. Child flows that are called as functions don't use this: see
 * `call-flow.ts`.
 * @returns the run as last read
 * @throws `flow_failed` if the run ended badly and the call asks for an error
 */
export async function createDeploymentRun(call: DeploymentCall, port: DeploymentPort, context: RunContext): Promise<DeploymentRun> {
  const inputs = inputsOf(context, Object.values(call.parameters), [], (index) => Object.keys(call.parameters)[index] ?? 'parameters');
  const entries = Object.entries(call.parameters).map(async ([name, value]) => [name, await withResults(value)] as const);
  const ready = { ...call, parameters: Object.fromEntries(await Promise.all(entries)) };
  if (holdsSecret(jsonOf(ready)))
    throw new TributaryError(
      'misuse',
      `${call.by}("${call.name}") was given the value of a secret, and the server would store the value with the run. Pass the secret's name instead, and read the secret in that run.`,
    );
  await mayBegin(context);
  const { key, again } = numbered(ready, context);
  const { found, standIn } = await create(ready, key, port, context, inputs);
  const isOwn = standIn === undefined || found.parent_task_run_id === standIn;
  if (isOwn) await keepLabel(found, ready, port);
  const child = await takeOver(found, { again, isOwn }, ready, port, context);
  const ended = await context.activity.waiting(() => waitForEnd(child, call, port, context));
  const last = { ...ended, deployment: call.name };
  if (!isOwn) await settle(standIn, insteadOf(last), port);
  if (call.raiseFinalState) refuseBadEnd(last);
  return last;
}

/** Changes the label of a run if an earlier attempt created the run with a different `onParentEnd`. */
async function keepLabel({ id, labels }: DeploymentRun, { onParentEnd }: DeploymentCall, port: DeploymentPort): Promise<void> {
  if (onParentEnd === null || labels?.[labelNames.onParentEnd] === onParentEnd) return;
  await port.labelFlowRun(id, { [labelNames.onParentEnd]: onParentEnd });
}

/** The last state of a stand-in whose child belongs to another run. The server doesn't copy that child's states to the stand-in. */
function insteadOf({ id, name, state }: DeploymentRun): StateProposalInput {
  const state_details = { child_flow_run_id: id };
  if (isTerminal(state.type)) return { type: state.type, name: state.name, message: state.message ?? null, state_details };
  return { type: 'COMPLETED', message: `Flow run "${name}", which another run created, is ${state.name}.`, state_details };
}

/**
 * The key of a call's run: a hash of the deployment, parameters, job variables and time, and the call's number among equal calls. Tags and
 * names don't count.
 */
function numbered(call: DeploymentCall, context: RunContext): { readonly key: string; readonly again: boolean } {
  const { deploymentId, parameters, jobVariables, scheduledTime, idempotencyKey } = call;
  if (idempotencyKey !== null) return { key: askedFor({ deploymentId, idempotencyKey }), again: false };
  const asked = askedIn(context, { deploymentId, parameters, jobVariables: jobVariables ?? {}, scheduledTime });
  const { number, again } = context.calls.take(asked);
  return { key: `${asked}-${number}`, again };
}

/**
 * Creates the stand-in and the run, or finds those that an equal call created, in this attempt or an earlier one. With an `idempotencyKey`
 * of the author, the run may be the child of another run.
 */
async function create(
  call: DeploymentCall,
  key: string,
  port: DeploymentPort,
  context: RunContext,
  inputs: ReturnType<typeof inputsOf>,
): Promise<{ readonly found: DeploymentRun; readonly standIn: TaskRunId | undefined }> {
  const { run } = context;
  heedStop(context);
  const standIn = call.asSubflow
    ? await port.createStandIn({
        flow_run_id: run.flowRunId,
        name: call.flowRunName ?? call.name,
        task_key: `prefect.deployments.flow_runs.run_deployment.${call.name.replaceAll(/[^A-Za-z0-9]+/g, '-')}`,
        dynamic_key: key,
        tags: call.tags,
        task_inputs: inputs,
      })
    : undefined;
  try {
    return { found: withState(await createRun(call, key, port, run, standIn)), standIn };
  } catch (error) {
    const refusal = refused(error, call);
    // A stand-in without a child would stay PENDING for ever.
    if (standIn && refusal) await settle(standIn, { type: 'FAILED', message: masked(refusal.message) }, port);
    throw refusal ?? error;
  }
}

/** @returns the error of a run that the server refuses to create; undefined for other errors */
function refused(error: unknown, { name }: DeploymentCall): TributaryError | undefined {
  for (const code of ['conflict', 'invalid_request', 'not_found'] as const) {
    if (!isTributaryError(error, code)) continue;
    const { facts } = error;
    // Without a reason of the server, the message is the framework's own.
    if (facts.reason === undefined) return error;
    return new TributaryError(code, `The server refused a run of deployment ${name}: ${facts.reason}`, { facts, cause: error });
  }
  return undefined;
}

/** Sets the last state of a stand-in. An error is ignored, because the state is only shown to people. */
async function settle(standIn: TaskRunId, state: StateProposalInput, port: DeploymentPort): Promise<void> {
  await port.settleStandIn(standIn, state).catch(() => undefined);
}

async function createRun(
  call: DeploymentCall,
  key: string,
  port: DeploymentPort,
  run: RunContext['run'],
  standIn: TaskRunId | undefined,
): Promise<FlowRun> {
  const created = await port.createFlowRun(call.deploymentId, {
    state: { type: 'SCHEDULED', state_details: { scheduled_time: call.scheduledTime ?? fromMillis(Date.now()) } },
    parameters: call.parameters,
    tags: [...call.tags],
    idempotency_key: call.idempotencyKey ?? `${run.flowRunId}:${key}`,
    ...(call.flowRunName === null ? {} : { name: call.flowRunName }),
    ...(standIn ? { parent_task_run_id: standIn } : {}),
    ...(call.jobVariables ? { job_variables: call.jobVariables } : {}),
    ...(call.queue === null ? {} : { work_queue_name: call.queue }),
    ...(call.onParentEnd === null ? {} : { labels: { [labelNames.onParentEnd]: call.onParentEnd } }),
  });
  if (created.deployment_id && created.deployment_id !== call.deploymentId)
    throw new TributaryError(
      'conflict',
      `The idempotencyKey ${JSON.stringify(call.idempotencyKey)} of ${call.by}("${call.name}") belongs to flow run "${created.name}" (${created.id}) of another deployment of this flow. Use a key that names the deployment, such as ${JSON.stringify(`${call.name} ${call.idempotencyKey}`)}.`,
    );
  return created;
}

function jsonOf(call: DeploymentCall): string {
  try {
    const text = writeJson(call);
    const inexact = whyNotExact(call.parameters, 'parameters') ?? whyNotExact(call.jobVariables, 'jobVariables');
    if (inexact === undefined) return text;
    throw new TypeError(inexact);
  } catch (error) {
    throw new TributaryError('invalid_parameters', `${call.by}("${call.name}") can't send its parameters as JSON: ${messageOf(error)}.`);
  }
}
