import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { StateType } from '@tributary/contract/nouns/state';

import { spawnToExit } from './trigger.ts';
import type { Stage } from './stage.ts';
import { until } from './until.ts';

/** Rates per second, one for each burst. */
export interface BurstSamples {
  /** completed runs per second, between the creation of the first run and the end of the last one */
  readonly runs: number[];
  /** processes per second that import zod and make one request; as many run at once as run hosts in a burst */
  readonly reference: number[];
}

export async function measureBurst(stage: Stage, bursts: number): Promise<BurstSamples> {
  const taken: BurstSamples = { runs: [], reference: [] };
  const file = stage.workspace.write(
    join('ints', 'bench', 'reference.mjs'),
    `import { z } from 'zod';\nz.literal(true).parse(await (await fetch(process.argv[2])).json());\n`,
  );
  await wholeBurst(stage, 10);
  for (let sample = 0; sample < bursts; sample += 1) {
    taken.reference.push(await reference(stage, file));
    taken.runs.push((await wholeBurst(stage, stage.burstSize)).rate);
  }
  return taken;
}

const lostTypes = ['FAILED', 'CRASHED', 'CANCELLED'] as const;

interface BurstStage extends Pick<Stage, 'client'> {
  readonly deployments: Pick<Stage['deployments'], 'burst'>;
}

export interface Burst {
  /** completed runs per second */
  readonly rate: number;
  /** runs that ended in another state than COMPLETED */
  readonly lost: readonly FlowRun[];
}

/** Measures a burst in which every run must complete. @throws if a run didn't complete */
export async function wholeBurst(stage: BurstStage, size: number): Promise<Burst> {
  const taken = await burst(stage, size);
  const [first] = taken.lost;
  if (!first) return taken;
  throw new Error(`${taken.lost.length} of ${size} bench runs did not complete. One is ${first.state_name}: ${first.state?.message ?? ''}`);
}

export async function burst(stage: BurstStage, size: number): Promise<Burst> {
  const began = performance.now();
  const id = stage.deployments.burst;
  const created = await Promise.all(
    Array.from({ length: size }, () => stage.client.createFlowRunFromDeployment({ path: { id }, body: {} })),
  );
  const ids = created.map(({ data }) => data.id);
  const of = (states: readonly StateType[]) => ({ flow_runs: { id: { any_: ids }, state: { type: { any_: [...states] } } } });
  await until(async () => {
    const { data: ended } = await stage.client.countFlowRuns({ body: of(['COMPLETED', ...lostTypes]) });
    return ended === size || undefined;
  });
  const seconds = (performance.now() - began) / 1000;
  const { data: lost } = await stage.client.filterFlowRuns({ body: of(lostTypes) });
  await sleep(1000);
  return { rate: (size - lost.length) / seconds, lost };
}

async function reference(stage: Stage, file: string): Promise<number> {
  const began = performance.now();
  let left = stage.burstSize;
  await Promise.all(
    Array.from({ length: stage.width }, async () => {
      while (left > 0) {
        left -= 1;
        await spawnToExit([file, `${stage.url}/health`]);
      }
    }),
  );
  return stage.burstSize / ((performance.now() - began) / 1000);
}
