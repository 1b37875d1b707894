import { type JsonObject, writeJson } from '@tributary/contract/json';

import type { FlowDefinition } from '../author/definition.ts';
import { askedFor } from './asked-for.ts';
import { currentContext, type RunContext } from './context.ts';
import type { EnginePort } from './engine-port.ts';
import { heedStop } from './heed-stop.ts';
import { inputsOf, withResults } from './inputs.ts';
import { toJsonObject } from './json-value.ts';
import { createLocalPort } from './local-port.ts';
import { startLocally } from './local-run.ts';
import { type FlowOutcome, runFlow } from './run-flow.ts';
import { mayBegin } from './may-begin.ts';
import { masked } from './secret-mask.ts';
import { within } from './wait.ts';

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
  const shown = toShow(parameters);
  const key = await takeKey(flow, shown, context);
  const entry = { abandon: () => undefined, hasBegun: true };
  try {
    const child = await port.createChild({
      parentFlowRunId: run.flowRunId,
      flow,
      parameters: shown,
      tags: run.tags,
      standIn: { flow_run_id: run.flowRunId, name: flow.name, task_key: key.task, dynamic_key: key.call, tags: [], task_inputs: inputs },
      idempotencyKey: key.text,
    });
    attempt.enter(entry);
    const start = { ...child, deployment: null, tags: run.tags, cwd: run.cwd, dataDir: run.dataDir };
    const outcome = await runFlow(flow, parameters, port, start, context);
    if (!outcome.completed && run.signal.aborted && outcome.state?.type !== 'FAILED') attempt.leaveUndone(run.signal.reason);
    return outcome;
  } finally {
    attempt.leave(entry);
    key.release();
  }
}

/** Child flows whose code runs now, by their keys: perhaps beyond a try or an attempt that was stopped. A port serves one process. */
const underway = new WeakMap<EnginePort, Map<string, Promise<void>>>();
/** Seconds for which a call waits for such code to end. Code that doesn't listen keeps its run, and the call gets another one. */
const graceSeconds = 20;

interface ChildKey {
  readonly task: string;
  readonly call: string;
  readonly text: string;
  readonly release: () => void;
}

/** By what the child's run is known: an equal call of an earlier attempt made it. */
async function takeKey(flow: FlowDefinition, parameters: JsonObject, context: RunContext): Promise<ChildKey> {
  const { port, run, calls } = context;
  const keys = underway.get(port) ?? new Map<string, Promise<void>>();
  underway.set(port, keys);
  const task = `flow ${flow.name}`;
  const asked = askedFor({ flow: flow.name, parameters });
  for (;;) {
    const call = `${asked}-${calls.take(asked).number}`;
    const text = `${run.flowRunId}:${task}:${call}`;
    const before = keys.get(text);
    if (before) await within(graceSeconds, before);
    heedStop(context);
    if (keys.has(text)) continue;
    const { promise, resolve } = Promise.withResolvers<void>();
    keys.set(text, promise);
    const release = (): void => {
      keys.delete(text);
      resolve();
    };
    return { task, call, text, release };
  }
}

/** The child gets its parameters as they are; what is kept of them is for people. */
function toShow(parameters: Record<string, unknown>): Record<string, unknown> {
  const shown = toJsonObject(parameters);
  const text = writeJson(shown);
  const safe = masked(text);
  return safe === text ? shown : { parameters: safe };
}
