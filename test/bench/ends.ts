import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { runToEnd } from './run-to-end.ts';
import type { Stage } from './stage.ts';

/** Samples in milliseconds. */
export interface EndSamples {
  /** from the server's answer that accepts a child's end to the parent's next line; the server has committed the end before the answer */
  readonly ends: number[];
  /** one answer of `/health` */
  readonly health: number[];
}

const result = z.object({ value: z.array(z.string()) });
/** Milliseconds from a child's end to the next request. The parent waits for its next child much sooner. */
const pause = 50;

/** One flow waits for several runs, and this function ends them one after another. Before each end it requests `/health`. */
export async function measureEnds(stage: Stage, samples: number): Promise<EndSamples> {
  const { client, deployments } = stage;
  const health: number[] = [];
  const accepted: bigint[] = [];
  const ids: string[] = [];
  // Runs without a deployment: no worker executes them, and the bench ends them itself.
  const { data: flow } = await client.createFlow({ body: { name: 'bench' } });
  for (let sample = 0; sample < samples; sample += 1) ids.push((await client.createFlowRun({ body: { flow_id: flow.id } })).data.id);
  const parent = runToEnd(stage, deployments.waits, { ids: ids.join(',') });
  await isWaiting(stage);
  for (const id of ids) {
    await sleep(pause);
    const asked = performance.now();
    await client.health({});
    health.push(performance.now() - asked);
    await client.setFlowRunState({ path: { id }, body: { state: { type: 'COMPLETED' }, force: true } });
    accepted.push(process.hrtime.bigint());
  }
  const lines = result.parse((await parent).state?.data).value;
  return { ends: lines.map((line, index) => Number(BigInt(line) - (accepted[index] ?? 0n)) / 1e6), health };
}

async function isWaiting({ client, deployments }: Stage): Promise<void> {
  const body = { flow_runs: { deployment_id: { any_: [deployments.waits] }, state: { type: { any_: ['RUNNING' as const] } } } };
  while ((await client.countFlowRuns({ body })).data === 0) await sleep(pause);
  await sleep(10 * pause);
}
