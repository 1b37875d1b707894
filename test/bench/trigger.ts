import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

import type { DeploymentId } from '@tributary/contract';
import { z } from 'zod';

import { runToEnd } from './run-to-end.ts';
import type { Stage } from './stage.ts';

/** Milliseconds per sample. The three alternate, so that a slow minute of the machine affects all of them. */
export interface TriggerSamples {
  readonly bare: number[];
  readonly prestarted: number[];
  readonly spawned: number[];
}

const result = z.object({ value: z.object({ at: z.string() }) });

export async function measureTrigger(stage: Stage, samples: number): Promise<TriggerSamples> {
  const taken: TriggerSamples = { bare: [], prestarted: [], spawned: [] };
  for (const pool of ['prestarted', 'spawned'] as const)
    for (let warm = 0; warm < 3; warm += 1) await trigger(stage, stage.deployments[pool]);
  for (let sample = 0; sample < samples; sample += 1) {
    taken.bare.push(await spawnToExit(['-e', '0']));
    taken.prestarted.push(await trigger(stage, stage.deployments.prestarted));
    taken.spawned.push(await trigger(stage, stage.deployments.spawned));
  }
  return taken;
}

/** Measures from just before create_flow_run to the flow's first line, on the monotonic clock. Then waits until the worker is idle again. */
export async function trigger(stage: Stage, deployment: DeploymentId): Promise<number> {
  const began = process.hrtime.bigint();
  const run = await runToEnd(stage, deployment);
  await sleep(700);
  return Number(BigInt(result.parse(run.state?.data).value.at) - began) / 1e6;
}

/** Milliseconds from spawn to exit of the Node that runs this. */
export function spawnToExit(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = process.hrtime.bigint();
    spawn(process.execPath, args, { stdio: 'ignore' })
      .once('error', reject)
      .once('exit', () => resolve(Number(process.hrtime.bigint() - began) / 1e6));
  });
}
