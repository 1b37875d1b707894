import { TributaryError } from '@tributary/contract/error';
import { secondsBetween } from '@tributary/contract/moment';
import type { JsonObject } from '@tributary/contract/json';
import type { State } from '@tributary/contract/nouns/state';
import { waitUnless } from '@tributary/contract/wait';

import { Activity } from './activity.ts';
import type { FlowDefinition } from './flow-definition.ts';
import { FlowAttempt } from './flow-attempt.ts';
import { numberCalls } from './children/call-numbers.ts';
import type { RunContext } from './context.ts';
import type { RunInfo, RunStart } from './run-info.ts';
import type { EnginePort } from './engine-port.ts';
import { describeFailure } from './failure.ts';
import { runHooks } from './hooks.ts';
import { toState } from './local/local-port.ts';
import { linkAbort } from './linked-abort.ts';
import { writeLog } from './log.ts';
import { parseParameters } from './parameters/parse-parameters.ts';
import { applyRunName } from './apply-run-name.ts';
import { integrationOf } from './origin.ts';
import { type AttemptOutcome, outcomeOfStop, runFlowAttempt } from './run-flow-attempt.ts';

/** How a flow run ended. */
export type FlowOutcome =
  /** The run is COMPLETED. */
  | { readonly completed: true; readonly state: State; readonly value: unknown }
  /** Not COMPLETED. `error` is what user code threw, or a TributaryError. `state` is null if the engine refused the proposal (ABORT). */
  | { readonly completed: false; readonly state: State | null; readonly error: unknown };

interface Home {
  /** the folder of the deployment's integration, below the workspace's root; found from the flow's code if left out */
  readonly integration?: string;
}

/**
 * Runs a flow to its end: checks the raw parameters, runs as many attempts as the port allows, and calls the hooks. Used by the run host
 * and by a plain call of a flow.
 * @param parent the context of the flow that called this one; this run stops when the parent's run stops
 * @returns how the run ended, even if user code threw
 * @throws only errors of the port
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
    const outcome: AttemptOutcome = { proposal: { type: 'FAILED', message: describeFailure(checked.error) }, error: checked.error };
    const end = await port.endAttempt(ticket, outcome.proposal);
    return finish(flow, context, end.retryAt === null ? end.state : null, outcome);
  }
  let context = contextBefore(start, port, flow, checked.parsed, parent, home);
  let facts = start;
  for (;;) {
    let outcome: AttemptOutcome;
    if (outer.aborted) outcome = outcomeOfStop(outer.reason);
    else {
      const begun = await port.beginAttempt(ticket);
      if (!begun.go) return { completed: false, state: begun.state, error: refused(start, begun.state) };
      const linked = linkAbort(outer);
      const attempt = new FlowAttempt(begun.state, linked.abort);
      const named = await applyRunName(flow, checked.parsed, port, facts);
      facts = named.start ?? facts;
      const run = { ...facts, attempt: begun.attempt, parameters: checked.parsed, signal: linked.signal };
      context = { ...context, run, attempt, calls: numberCalls() };
      outcome = named.failed ?? (await runFlowAttempt(flow, checked.parsed, context));
      linked.unlink();
      if (attempt.heldAs) return finish(flow, context, attempt.heldAs, outcome);
    }
    const failed = outcome.proposal.type === 'FAILED';
    if (failed && context.attempt.waits.size > 0) await (await import('./children/parent-end.ts')).nameUnfinished(context);
    const end = await port.endAttempt(ticket, outcome.proposal, () => (outcome = outcome.revise?.() ?? outcome).proposal);
    if (end.retryAt === null) {
      if (end.state?.type === 'FAILED' && port.deployments?.endsChildren === false)
        await (await import('./children/parent-end.ts')).cancelMarked(context);
      return finish(flow, context, end.state, outcome);
    }
    const delay = Math.max(0, secondsBetween(port.clock(), end.retryAt));
    writeLog(
      context,
      'warning',
      `Flow run "${facts.flowRunName}" will be retried in ${Number(delay.toFixed(3))} s: ${describeFailure(outcome.error)}`,
    );
    await waitUnless(delay, outer);
  }
}

/** The context of a run that has not begun, for its log lines and hooks. */
function contextBefore(
  start: RunStart,
  port: EnginePort,
  flow: FlowDefinition,
  parameters: JsonObject,
  parent: RunContext | null,
  integration: RunContext['integration'],
): RunContext {
  const attempt = new FlowAttempt(toState({ type: 'PENDING' }, port.clock()));
  // If the run ends before it begins, only its hooks run in this context.
  attempt.abandonAll('The flow never began.');
  return {
    port,
    run: { ...start, attempt: 0, parameters, signal: signalAround(parent, port) },
    flowName: flow.name,
    attempt,
    activity: parent?.activity ?? new Activity({ moved: (_, to) => port.onlyWaits(to === 'waiting') }),
    calls: numberCalls(),
    task: null,
    parent,
    integration,
  };
}

function signalAround(parent: RunContext | null, port: EnginePort): AbortSignal {
  return parent?.run.signal ?? port.signal;
}

async function finish(flow: FlowDefinition, context: RunContext, state: State | null, outcome: AttemptOutcome): Promise<FlowOutcome> {
  if (state) await runHooks(flow, context, state);
  if (state?.type === 'COMPLETED' && outcome.proposal.type === 'COMPLETED') return { completed: true, state, value: outcome.value };
  return { completed: false, state, error: outcome.error ?? refused(context.run, state) };
}

function refused(run: Pick<RunInfo, 'flowRunName'>, state: State | null): TributaryError {
  const reason = state
    ? `it is ${state.name}${state.message ? `: ${state.message.replace(/\.$/, '')}` : ''}`
    : 'another process owns this run now';
  return new TributaryError(state?.type === 'CANCELLED' ? 'cancelled' : 'flow_failed', `Flow run "${run.flowRunName}" stopped: ${reason}.`);
}
