import type { FlowDefinition } from './flow-definition.ts';
import type { EnginePort } from './engine-port.ts';
import { describeFailure } from './failure.ts';
import type { AttemptEnding } from './run-flow-attempt.ts';
import type { RunStart } from './run-info.ts';
import { masked } from './secret-mask.ts';

/** Gives a run the name that its flow makes of its parameters. A function that throws fails the run. */
export async function applyRunName(
  flow: FlowDefinition,
  parameters: Readonly<Record<string, unknown>>,
  port: EnginePort,
  start: RunStart,
): Promise<{ readonly start: RunStart; readonly ending?: never } | { readonly start?: never; readonly ending: AttemptEnding }> {
  if (!flow.runName) return { start };
  let name: string;
  try {
    name = masked(flow.runName(parameters)).trim();
  } catch (error) {
    const message = `The runName of flow "${flow.name}" failed: ${describeFailure(error)}`;
    return { ending: { proposal: { type: 'FAILED', message }, error } };
  }
  if (name === '' || name === start.flowRunName) return { start };
  await port.rename(start.flowRunId, name);
  return { start: { ...start, flowRunName: name } };
}
