import type { FlowDefinition } from './flow-definition.ts';
import type { EnginePort } from './engine-port.ts';
import { describeFailure } from './failure.ts';
import type { AttemptOutcome } from './run-flow-attempt.ts';
import type { RunStart } from './run-info.ts';
import { masked } from './secret-mask.ts';

/**
 * Renames a run as its flow's `runName` says. If `runName` throws an error, the run fails.
 * @returns the facts of the run with its new name, or the outcome if `runName` threw
 */
export async function applyRunName(
  flow: FlowDefinition,
  parameters: Readonly<Record<string, unknown>>,
  port: EnginePort,
  start: RunStart,
): Promise<{ readonly start: RunStart; readonly failed?: never } | { readonly start?: never; readonly failed: AttemptOutcome }> {
  if (!flow.runName) return { start };
  let name: string;
  try {
    name = masked(flow.runName(parameters)).trim();
  } catch (error) {
    const message = `The runName of flow "${flow.name}" failed: ${describeFailure(error)}`;
    return { failed: { proposal: { type: 'FAILED', message }, error } };
  }
  if (name === '' || name === start.flowRunName) return { start };
  await port.rename(start.flowRunId, name);
  return { start: { ...start, flowRunName: name } };
}
