import { setTimeout as sleep } from 'node:timers/promises';

import type { DeploymentId } from '@tributary/contract';
import { longPoll } from '@tributary/contract/client/long-poll';
import { z } from 'zod';

import type { Stage } from './stage.ts';

/** Samples in milliseconds, each without the time in which the three children ran. The two kinds alternate. */
export interface ParentSamples {
  /** from the creation of a parent of three children to its end */
  readonly parent: number[];
  /** from the creation of the first run to the end of the third one; the bench creates each run after the previous one has ended */
  readonly byHand: number[];
}

const result = z.object({ value: z.object({ own: z.number() }) });
/** After this many milliseconds the workers have started hosts in advance, and the hosts have loaded the code of runs that call deployments. */
const pause = 4000;

export async function measureParent(stage: Stage, samples: number): Promise<ParentSamples> {
  const taken: ParentSamples = { parent: [], byHand: [] };
  for (let sample = 0; sample < samples; sample += 1) {
    await sleep(pause);
    taken.byHand.push(await runThree(stage));
    await sleep(pause);
    const began = performance.now();
    const run = await runOnce(stage, stage.deployments.parent);
    taken.parent.push(performance.now() - began - 1000 * result.parse(run.state?.data).value.own);
  }
  return taken;
}

async function runThree(stage: Stage): Promise<number> {
  const began = performance.now();
  let own = 0;
  for (let child = 0; child < 3; child += 1) own += (await runOnce(stage, stage.deployments.burst)).total_run_time;
  return performance.now() - began - 1000 * own;
}

/** Runs a deployment, and waits for its end by a long poll, as a parent does. @throws if the run didn't complete */
async function runOnce({ client }: Stage, id: DeploymentId) {
  const { data: created } = await client.createFlowRunFromDeployment({ path: { id }, body: {} });
  for (;;) {
    const { data: run } = await client.awaitFlowRunEnd({ path: { id: created.id }, ...longPoll(20) });
    if (run.state_type === 'COMPLETED') return run;
    if (run.state_type === 'FAILED' || run.state_type === 'CRASHED')
      throw new Error(`A bench run ended ${run.state_name}: ${run.state?.message ?? ''}`);
  }
}
