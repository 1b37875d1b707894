import { messageOf, TributaryError } from '@tributary/contract/error';
import { writeJson } from '@tributary/contract/json';
import { fromMillis } from '@tributary/contract/moment';
import { isTerminal } from '@tributary/contract/nouns/state';

import { askedFor } from './asked-for.ts';
import type { RunContext } from './context.ts';
import { type DeploymentCall, type DeploymentRun, withState } from './deployment-call.ts';
import type { DeploymentPort } from './engine-port.ts';
import { heedStop, unlessStopped } from './heed-stop.ts';
import { inputsOf, withResults } from './inputs.ts';
import { whyNotExact } from './json-value.ts';
import { mayBegin } from './may-begin.ts';
import { pollDelays } from './poll-range.ts';
import { holdsSecret } from './secret-mask.ts';
import { takeOver } from './take-over.ts';
import { wait } from './wait.ts';

/** Creates the run, or takes over the one that an equal call of an earlier attempt made, and waits for its end as long as it should. */
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
  const { key, again } = numbered(ready, context);
  const found = await create(ready, key, port, context, inputs);
  const child = await takeOver(found, again, ready, port, context);
  return call.timeout === 0 ? child : watch(child, call, port, context);
}

/**
 * By what a call's run is known: deployment, what was asked for, and the number of the call among equal ones. Tags and names ask for nothing;
 * what a flow's hooks ask for belongs to the attempt that they follow.
 */
function numbered(call: DeploymentCall, context: RunContext): { readonly key: string; readonly again: boolean } {
  const { deploymentId, parameters, jobVariables, scheduledTime, idempotencyKey } = call;
  if (idempotencyKey !== null) return { key: askedFor({ deploymentId, idempotencyKey }), again: false };
  const after = context.attempt.isOver ? context.run.attempt : undefined;
  const asked = askedFor({ deploymentId, parameters, jobVariables: jobVariables ?? {}, scheduledTime, after });
  const { number, again } = context.calls.take(asked);
  return { key: `${asked}-${number}`, again };
}

/** Both requests find what they made before, in this attempt or an earlier one. */
async function create(
  call: DeploymentCall,
  key: string,
  port: DeploymentPort,
  context: RunContext,
  inputs: ReturnType<typeof inputsOf>,
): Promise<DeploymentRun> {
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
  const created = await port.createFlowRun(call.deploymentId, {
    state: { type: 'SCHEDULED', state_details: { scheduled_time: call.scheduledTime ?? fromMillis(Date.now()) } },
    parameters: call.parameters,
    tags: [...call.tags],
    idempotency_key: call.idempotencyKey ?? `${run.flowRunId}:${key}`,
    ...(call.flowRunName === null ? {} : { name: call.flowRunName }),
    ...(standIn ? { parent_task_run_id: standIn } : {}),
    ...(call.jobVariables ? { job_variables: call.jobVariables } : {}),
  });
  return withState(created);
}

async function watch(created: DeploymentRun, call: DeploymentCall, port: DeploymentPort, context: RunContext): Promise<DeploymentRun> {
  const { signal } = context.run;
  const end = call.timeout === null ? Infinity : performance.now() + call.timeout * 1000;
  let last = created;
  for (const delay of pollDelays(context.port.poll, call.pollInterval)) {
    const left = (end - performance.now()) / 1000;
    if (left <= 0 || isTerminal(last.state.type)) return last;
    await unlessStopped(wait(Math.min(delay, left), signal), context);
    last = withState(await port.readFlowRun(created.id));
  }
  return last;
}

function jsonOf(call: DeploymentCall): string {
  try {
    const text = writeJson(call);
    const inexact = whyNotExact(call.parameters, 'parameters') ?? whyNotExact(call.jobVariables, 'jobVariables');
    if (inexact === undefined) return text;
    throw new TypeError(inexact);
  } catch (error) {
    throw new TributaryError('invalid_parameters', `runDeployment("${call.name}") can't send its parameters as JSON: ${messageOf(error)}.`);
  }
}
