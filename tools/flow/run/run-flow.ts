import { TributaryError } from '@tributary/contract/error';
import { secondsBetween } from '@tributary/contract/moment';
import type { JsonObject } from '@tributary/contract/json';
import type { State } from '@tributary/contract/nouns/state';
import { waitUnless } from '@tributary/contract/wait';

import type { FlowDefinition } from './flow-definition.ts';
import { FlowAttempt } from './flow-attempt.ts';
import { numberCalls } from './children/call-numbers.ts';
import type { RunContext } from './context.ts';
import type { RunInfo, RunStart } from './run-info.ts';
import type { EnginePort } from './engine-port.ts';
import { describeFailure } from './failure.ts';
import { runHooks } from './hooks.ts';
import { toState } from './local/local-port.ts';
import { writeLog } from './log.ts';
import { parseParameters } from './parameters/parse-parameters.ts';
import { applyRunName } from './apply-run-name.ts';
import { integrationOf } from './origin.ts';
import { type AttemptEnding, endingOf, runFlowAttempt } from './run-flow-attempt.ts';

/** How a flow run ended. */
export type FlowOutcome =
  /** COMPLETED */
  | { readonly completed: true; readonly state: State; readonly value: unknown }
  /** anything else: `error` is what user code threw, or our TributaryError; state null when the engine would not have it (ABORT) */
  | { readonly completed: false; readonly state: State | null; readonly error: unknown };

/** The folder of a deployment's integration, below the workspace's root; without it, that of the flow's own code counts. */
interface Home {
  readonly integration?: string;
}

/**
 * Runs one flow to its end: checks the raw parameters, enters and leaves through the port as often as that says retry, runs the hooks.
 * Never rejects because of user code, only because of the port. The run host and a plain call use the same.
 * @param parent where it was called, if another flow did: the run stops when that does, or the port's signal is aborted
 */
export async function runFlow(
  flow: FlowDefinition,
  parameters: JsonObject,
  port: EnginePort,
  { integration, ...start }: RunStart & Home,
  parent: RunContext | null = null,
): Promise<FlowOutcome> {
  const home = parent?.integration ?? (() => integration ?? integrationOf(flow.origin, start.cwd));
  const outer = signalAround(parent, port);
  const ticket = { flowRunId: start.flowRunId, flow };
  const checked = await parseParameters(flow, parameters);
  if (checked.error) {
    const context = contextBefore(start, port, flow, parameters, parent, home);
    if (port.served) writeLog(context, 'error', checked.error.message);
    const ending: AttemptEnding = { proposal: { type: 'FAILED', message: describeFailure(checked.error) }, error: checked.error };
    const departure = await port.endAttempt(ticket, ending.proposal);
    return finish(flow, context, departure.retryAt === null ? departure.state : null, ending);
  }
  let context = contextBefore(start, port, flow, checked.parsed, parent, home);
  let facts = start;
  for (;;) {
    let ending: AttemptEnding;
    if (outer.aborted) ending = endingOf(outer.reason);
    else {
      const entry = await port.beginAttempt(ticket);
      if (!entry.go) return { completed: false, state: entry.state, error: refused(start, entry.state) };
      const controller = new AbortController();
      const stop = (): void => controller.abort(outer.reason);
      outer.addEventListener('abort', stop, { once: true });
      if (outer.aborted) stop();
      const attempt = new FlowAttempt(entry.state, (reason) => controller.abort(reason));
      const named = await applyRunName(flow, checked.parsed, port, facts);
      facts = named.start ?? facts;
      const run = { ...facts, attempt: entry.attempt, parameters: checked.parsed, signal: controller.signal };
      context = { ...context, run, attempt, calls: numberCalls() };
      ending = named.ending ?? (await runFlowAttempt(flow, checked.parsed, context));
      outer.removeEventListener('abort', stop);
      if (attempt.heldAs) return finish(flow, context, attempt.heldAs, ending);
    }
    const departure = await port.endAttempt(ticket, ending.proposal, () => (ending = ending.revise?.() ?? ending).proposal);
    if (departure.retryAt === null) return finish(flow, context, departure.state, ending);
    const delay = Math.max(0, secondsBetween(port.clock(), departure.retryAt));
    writeLog(
      context,
      'warning',
      `Flow run "${facts.flowRunName}" is retried in ${Number(delay.toFixed(3))} s: ${describeFailure(ending.error)}`,
    );
    await waitUnless(delay, outer);
  }
}

/** The context of a run that has not begun, for what is said of it. */
function contextBefore(
  start: RunStart,
  port: EnginePort,
  flow: FlowDefinition,
  parameters: JsonObject,
  parent: RunContext | null,
  integration: RunContext['integration'],
): RunContext {
  const attempt = new FlowAttempt(toState({ type: 'PENDING' }, port.clock()));
  // If it ends so, its hooks are all that runs.
  attempt.abandonAll('The flow never began.');
  return {
    port,
    run: { ...start, attempt: 0, parameters, signal: signalAround(parent, port) },
    flowName: flow.name,
    attempt,
    calls: numberCalls(),
    task: null,
    parent,
    integration,
  };
}

function signalAround(parent: RunContext | null, port: EnginePort): AbortSignal {
  return parent?.run.signal ?? port.signal;
}

async function finish(flow: FlowDefinition, context: RunContext, state: State | null, ending: AttemptEnding): Promise<FlowOutcome> {
  if (state) await runHooks(flow, context, state);
  if (state?.type === 'COMPLETED' && ending.proposal.type === 'COMPLETED') return { completed: true, state, value: ending.value };
  return { completed: false, state, error: ending.error ?? refused(context.run, state) };
}

function refused(run: Pick<RunInfo, 'flowRunName'>, state: State | null): TributaryError {
  const became = state ? `it is ${state.name}${state.message ? `: ${state.message}` : ''}` : 'the server said that it is no longer ours';
  return new TributaryError(
    state?.type === 'CANCELLED' ? 'cancelled' : 'flow_failed',
    `Flow run "${run.flowRunName}" did not go on: ${became}.`,
  );
}
