import { type JsonObject, writeJson } from '@tributary/contract/json';
import type { TaskRunInputs } from '@tributary/contract/nouns/task-run';
import { unlessAborted } from '@tributary/contract/wait';

import type { FlowDefinition } from '../flow-definition.ts';
import { askedIn } from './asked-for.ts';
import { currentContext, type RunContext } from '../context.ts';
import type { ChildInProcessCreate, EnginePort } from '../engine-port.ts';
import { blame } from '../failure.ts';
import { heedStop, unlessStopped } from '../heed-stop.ts';
import { inputsOf, withResults } from '../task/inputs.ts';
import { toJsonObject } from '../json-value.ts';
import { createLocalPort } from '../local/local-port.ts';
import { startLocally } from '../local/local-run.ts';
import { type FlowOutcome, runFlow } from '../run-flow.ts';
import { mayBegin } from '../pause/may-begin.ts';
import { masked } from '../secret-mask.ts';

/**
 * Runs a flow that is called as a function: inside a flow as a child run in the same process, elsewhere as a run without a server.
 * @throws the error that made the run fail
 */
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
  const wanted = childOf(flow, toShow(parameters), inputs, context);
  const { idempotencyKey: key } = wanted;
  const here = underway.get(port) ?? new Map<string, Promise<void>>();
  underway.set(port, here);
  for (let before = here.get(key); before; before = here.get(key)) await unlessStopped(unlessAborted(before, run.signal), context);
  const work = execute(flow, parameters, wanted, context);
  const over = (): void => void here.delete(key);
  here.set(key, work.then(over, over));
  return work;
}

async function execute(
  flow: FlowDefinition,
  parameters: Record<string, unknown>,
  wanted: ChildInProcessCreate,
  context: RunContext,
): Promise<FlowOutcome> {
  const { port, run, attempt } = context;
  const child = await port.createChildInProcess(wanted);
  const start = { ...child, deployment: null, tags: run.tags, cwd: run.cwd, dataDir: run.dataDir, code: run.code };
  const entry = { abandon: () => undefined, hasBegun: true };
  const activity = context.activity.begin();
  attempt.enter(entry);
  try {
    const outcome = await runFlow(flow, parameters, port, start, { ...context, activity });
    if (!outcome.completed && outcome.state?.type === 'FAILED')
      blame(attempt, outcome.error, `Flow run "${child.flowRunName}" (${child.flowRunId})`, outcome.state.message ?? '');
    if (!outcome.completed && run.signal.aborted && outcome.state?.type !== 'FAILED') attempt.leaveUndone(run.signal.reason);
    return outcome;
  } finally {
    attempt.leave(entry);
    activity.end();
  }
}

/**
 * The child runs that this process executes now, by idempotency key. A try or attempt that failed or timed out may have left a child
 * running. An equal call then waits until that child has ended. If both children ran at once, the second one would create all of its own
 * children again.
 */
const underway = new WeakMap<EnginePort, Map<string, Promise<void>>>();

/**
 * The request for the child's run. An equal call in an earlier attempt has the same keys, so the run of that call and the run's children are
 * taken over.
 */
function childOf(flow: FlowDefinition, parameters: JsonObject, inputs: TaskRunInputs, context: RunContext): ChildInProcessCreate {
  const { run, calls } = context;
  const task_key = `flow ${flow.name}`;
  const asked = askedIn(context, { flow: flow.name, parameters });
  const dynamic_key = `${asked}-${calls.take(asked).number}`;
  return {
    parentFlowRunId: run.flowRunId,
    flow,
    parameters,
    tags: run.tags,
    standIn: { flow_run_id: run.flowRunId, name: flow.name, task_key, dynamic_key, tags: [], task_inputs: inputs },
    idempotencyKey: `${run.flowRunId}:${task_key}:${dynamic_key}`,
  };
}

/** The parameters as the server stores them, readable for people. The child receives the original values. */
function toShow(parameters: Record<string, unknown>): Record<string, unknown> {
  const shown = toJsonObject(parameters);
  const text = writeJson(shown);
  const safe = masked(text);
  return safe === text ? shown : { parameters: safe };
}
