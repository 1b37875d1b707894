import { isTributaryError, TributaryError } from '@tributary/contract/error';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { endedBadly } from '@tributary/contract/nouns/state';
import { type Timestamp, toMicros } from '@tributary/contract/time';
import type { Engine } from '@tributary/flow/engine';

import type { Call } from '../command/call.ts';
import { exitCodes } from '../command/refusal.ts';
import { untilInterrupted } from '../command/signals.ts';
import type { ApiClient } from '../engine/open.ts';
import { intervalFor } from './interval.ts';
import { watchFlowRun } from './watch-flow-run.ts';

interface ShownRun {
  readonly flowRun: FlowRun;
  /** whether to follow child runs */
  readonly children: boolean;
  /** only what happened after this moment is shown @default everything */
  readonly after?: Timestamp | undefined;
}

/**
 * Watches a run for a command. Prints what happens as lines for people. With --json, also prints the run as JSON when it has ended.
 * @returns the exit code: 0 if the named run completed, 1 if it ended otherwise, 130 if the user stopped watching
 */
export async function showWatch(
  call: Call,
  { client, engine }: { readonly client: ApiClient; readonly engine: Engine },
  { flowRun, children, after }: ShownRun,
): Promise<number> {
  const { out } = call;
  // The exit code if the reader closes the pipe before the run completes.
  call.process.exitCode = exitCodes.failed;
  const again = `Watch it again: npx tributary flow-run watch ${flowRun.id}.`;
  const watched = await untilInterrupted((signal) =>
    watchFlowRun({
      client,
      id: flowRun.id,
      features: engine.features,
      children,
      signal,
      interval: intervalFor(engine),
      paint: out.paint,
      print: out.line,
      ...(after ? { shows: ({ at }) => toMicros(at) > toMicros(after) } : {}),
    }),
  ).catch((error: unknown) => {
    if (!isTributaryError(error, 'unreachable')) throw error;
    throw new TributaryError('unreachable', `${error.message} The run may still be running. ${again}`, { cause: error });
  });
  if (watched === 'interrupted') {
    out.note(`Stopped watching; the run continues. ${again} Cancel it: npx tributary flow-run cancel ${flowRun.id}.`);
    return exitCodes.interrupted;
  }
  const [run, ...childRuns] = watched;
  const advice = adviceFor(watched);
  if (advice) out.line(advice);
  if (call.json) out.jsonLine({ ...run, child_flow_runs: childRuns });
  return run?.state_type === 'COMPLETED' ? exitCodes.done : exitCodes.failed;
}

/** What to do next if a run, or one of its child runs, didn't complete. @param watched the named run, then its descendants */
function adviceFor([run, ...childRuns]: readonly FlowRun[]): string | undefined {
  const failed = childRuns.find(({ state_type: type }) => endedBadly(type));
  if (!run || !(failed || endedBadly(run.state_type))) return undefined;
  const ended = `Flow run ${run.name} is ${run.state_name ?? 'without a state'}`;
  const child = endedBadly(run.state_type) || !failed ? '' : `, but its child run ${failed.name} is ${failed.state_name}`;
  return `${ended}${child}. Why, and what to rerun: npx tributary flow-run inspect ${run.id}`;
}
