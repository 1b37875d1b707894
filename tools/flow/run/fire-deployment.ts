import { messageOf, TributaryError } from '@tributary/contract/error';
import { fromMillis, type Timestamp } from '@tributary/contract/moment';
import type { DeploymentName } from '@tributary/contract/name';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { isTerminal, type State } from '@tributary/contract/nouns/state';
import type { JsonObject } from '@tributary/contract/json';

import type { RunContext } from './context.ts';
import type { DeploymentPort } from './engine-port.ts';
import { inputsOf, withResults } from './inputs.ts';
import { writeLog } from './log.ts';
import { mayBegin } from './may-begin.ts';
import { pollDelays } from './poll-range.ts';
import { holdsSecret } from './secret-mask.ts';
import { wait } from './wait.ts';

/** A run of a deployment, as last read. */
export type DeploymentRun = FlowRun & { readonly state: State };

/** What one call of runDeployment asks for, read and checked. */
export interface DeploymentCall {
  readonly deploymentId: string;
  readonly name: DeploymentName;
  readonly parameters: JsonObject;
  /** seconds; null waits for ever */
  readonly timeout: number | null;
  /** seconds; null: short at first, then longer */
  readonly pollInterval: number | null;
  readonly tags: readonly string[];
  readonly scheduledTime: Timestamp | null;
  readonly idempotencyKey: string | null;
  readonly asSubflow: boolean;
  readonly flowRunName: string | null;
  readonly jobVariables: JsonObject | null;
  /** how many calls for this deployment came before, in this attempt */
  readonly nth: number;
}

/** Creates the run, or finds the one that an earlier attempt of this call made, and waits for its end as long as it should. */
export async function fireDeployment(call: DeploymentCall, port: DeploymentPort, context: RunContext): Promise<DeploymentRun> {
  const inputs = inputsOf(context, Object.values(call.parameters), [], (index) => Object.keys(call.parameters)[index] ?? 'parameters');
  const entries = Object.entries(call.parameters).map(async ([name, value]) => [name, await withResults(value)] as const);
  const ready = { ...call, parameters: Object.fromEntries(await Promise.all(entries)) };
  if (holdsSecret(jsonOf(ready)))
    throw new TributaryError(
      'misuse',
      `runDeployment("${call.name}") was given the value of a secret, which would be stored with the run: pass the secret's name, and read it there.`,
    );
  await mayBegin(context);
  const created = await create(ready, port, context, inputs);
  if (context.port.served) writeLog(context, 'info', `Created flow run "${created.name}" of deployment ${call.name}.`);
  return call.timeout === 0 ? created : watch(created, call, port, context);
}

/**
 * A retried attempt finds what the one before it created: a living or completed child is adopted, one that ended badly is followed by a new
 * one (k grows). A child made in this very attempt is ours, however it ended meanwhile: its POST was only sent twice.
 */
async function create(
  call: DeploymentCall,
  port: DeploymentPort,
  context: RunContext,
  inputs: ReturnType<typeof inputsOf>,
): Promise<DeploymentRun> {
  const { run, attempt } = context;
  for (let k = 0; ; k += 1) {
    run.signal.throwIfAborted();
    const dynamicKey = k === 0 ? `${call.nth}` : `${call.nth}-${k}`;
    const standIn = call.asSubflow
      ? await port.createStandIn({
          flow_run_id: run.flowRunId,
          name: call.flowRunName ?? call.name,
          task_key: `prefect.deployments.flow_runs.run_deployment.${call.name.replaceAll(/[^A-Za-z0-9]+/g, '-')}`,
          dynamic_key: dynamicKey,
          tags: call.tags,
          task_inputs: inputs,
        })
      : undefined;
    const created = withState(
      await port.createFlowRun(call.deploymentId, {
        state: { type: 'SCHEDULED', state_details: { scheduled_time: call.scheduledTime ?? fromMillis(Date.now()) } },
        parameters: call.parameters,
        tags: [...call.tags],
        idempotency_key: call.idempotencyKey ?? `${run.flowRunId}:${call.name}:${call.nth}:${k}`,
        ...(call.flowRunName === null ? {} : { name: call.flowRunName }),
        ...(standIn ? { parent_task_run_id: standIn } : {}),
        ...(call.jobVariables ? { job_variables: call.jobVariables } : {}),
      }),
    );
    const endedBadly = isTerminal(created.state.type) && created.state.type !== 'COMPLETED';
    if (!endedBadly || call.idempotencyKey !== null || created.created >= attempt.began) return created;
  }
}

async function watch(created: DeploymentRun, call: DeploymentCall, port: DeploymentPort, context: RunContext): Promise<DeploymentRun> {
  const { signal } = context.run;
  const end = call.timeout === null ? Infinity : performance.now() + call.timeout * 1000;
  let last = created;
  for (const delay of pollDelays(context.port.poll, call.pollInterval)) {
    const left = (end - performance.now()) / 1000;
    if (left <= 0 || isTerminal(last.state.type)) return last;
    await wait(Math.min(delay, left), signal);
    last = withState(await port.readFlowRun(created.id));
  }
  return last;
}

function jsonOf(call: DeploymentCall): string {
  try {
    return JSON.stringify(call);
  } catch (error) {
    throw new TributaryError('invalid_parameters', `runDeployment("${call.name}") can't send its parameters as JSON: ${messageOf(error)}.`);
  }
}

function withState(run: FlowRun): DeploymentRun {
  if (run.state) return { ...run, state: run.state };
  throw new TributaryError('bad_answer', `The server told no state of flow run "${run.name}" (${run.id}).`);
}
