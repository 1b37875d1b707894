import type { FlowRunId } from '@tributary/contract/id';
import { type JsonObject, writeJson } from '@tributary/contract/json';
import type { TaskRunInputs } from '@tributary/contract/nouns/task-run';

import type { FlowDefinition } from '../author/definition.ts';
import { askedFor } from './asked-for.ts';
import { currentContext, type RunContext } from './context.ts';
import type { ChildRun } from './engine-port.ts';
import { heedStop } from './heed-stop.ts';
import { inputsOf, withResults } from './inputs.ts';
import { toJsonObject } from './json-value.ts';
import { createLocalPort } from './local-port.ts';
import { startLocally } from './local-run.ts';
import { type FlowOutcome, runFlow } from './run-flow.ts';
import { mayBegin } from './may-begin.ts';
import { masked } from './secret-mask.ts';

/** A flow called as a function: inside a flow a child run in this process, elsewhere a run without a server. @throws what made it fail */
export async function callFlow(flow: FlowDefinition, parameters: Record<string, unknown>): Promise<unknown> {
  const context = currentContext();
  const outcome = context
    ? await runChild(flow, parameters, context)
    : await runFlow(flow, parameters, createLocalPort(), startLocally(flow.name));
  if (!outcome.completed) throw outcome.error;
  return outcome.value;
}

async function runChild(flow: FlowDefinition, given: Record<string, unknown>, context: RunContext): Promise<FlowOutcome> {
  const { port, run, attempt } = context;
  heedStop(context);
  const inputs = inputsOf(context, Object.values(given), [], (index) => Object.keys(given)[index] ?? 'parameters');
  const parameters = attempt.hasFutures
    ? Object.fromEntries(await Promise.all(Object.entries(given).map(async ([name, value]) => [name, await withResults(value)] as const)))
    : given;
  await mayBegin(context);
  const child = await createChild(flow, toShow(parameters), inputs, context);
  underway.add(child.flowRunId);
  const start = { ...child, deployment: null, tags: run.tags, cwd: run.cwd, dataDir: run.dataDir };
  const entry = { abandon: () => undefined, hasBegun: true };
  attempt.enter(entry);
  try {
    const outcome = await runFlow(flow, parameters, port, start, context);
    if (!outcome.completed && run.signal.aborted && outcome.state?.type !== 'FAILED') attempt.leaveUndone(run.signal.reason);
    return outcome;
  } finally {
    attempt.leave(entry);
    underway.delete(child.flowRunId);
  }
}

/** Child runs whose code is running here, perhaps beyond a try or an attempt that timed out. */
const underway = new Set<FlowRunId>();

/** Makes the child's run, or finds the one of an equal call in an earlier attempt, whose own children then are taken over as well. */
async function createChild(flow: FlowDefinition, parameters: JsonObject, inputs: TaskRunInputs, context: RunContext): Promise<ChildRun> {
  const { port, run, calls } = context;
  const task_key = `flow ${flow.name}`;
  const asked = askedFor({ flow: flow.name, parameters });
  for (;;) {
    const dynamic_key = `${asked}-${calls.take(asked).number}`;
    const child = await port.createChild({
      parentFlowRunId: run.flowRunId,
      flow,
      parameters,
      tags: run.tags,
      standIn: { flow_run_id: run.flowRunId, name: flow.name, task_key, dynamic_key, tags: [], task_inputs: inputs },
      idempotencyKey: `${run.flowRunId}:${task_key}:${dynamic_key}`,
    });
    if (!underway.has(child.flowRunId)) return child;
  }
}

/** The child gets its parameters as they are; what is kept of them is for people. */
function toShow(parameters: Record<string, unknown>): Record<string, unknown> {
  const shown = toJsonObject(parameters);
  const text = writeJson(shown);
  const safe = masked(text);
  return safe === text ? shown : { parameters: safe };
}
