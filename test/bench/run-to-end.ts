import { type DeploymentId, isTerminal } from '@tributary/contract';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import type { Stage } from './stage.ts';
import { until } from './until.ts';

/** Runs a deployment once. @throws if the run didn't complete */
export async function runToEnd(
  { client }: Pick<Stage, 'client'>,
  deployment: DeploymentId,
  parameters: Readonly<Record<string, string | number | undefined>> = {},
): Promise<FlowRun> {
  const { data: created } = await client.createFlowRunFromDeployment({ path: { id: deployment }, body: { parameters } });
  return until(async () => {
    const { data: run } = await client.readFlowRun({ path: { id: created.id } });
    if (!run.state || !isTerminal(run.state.type)) return undefined;
    if (run.state.type !== 'COMPLETED') throw new Error(`A bench run ended ${run.state.name}: ${run.state.message ?? ''}`);
    return run;
  });
}

/** Waits until the server has recorded that `count` tasks of a run have completed. */
export async function untilRecorded({ client }: Pick<Stage, 'client'>, run: Pick<FlowRun, 'id' | 'name'>, count: number): Promise<void> {
  const body = { flow_runs: { id: { any_: [run.id] } }, task_runs: { state: { type: { any_: ['COMPLETED' as const] } } } };
  const began = performance.now();
  await until(async () => {
    const { data: known } = await client.countTaskRuns({ body });
    if (known >= count) return known;
    if (performance.now() - began > 120_000)
      throw new Error(`After two minutes, the server has recorded only ${known} of the ${count} tasks of run ${run.name}.`);
    return undefined;
  });
}
