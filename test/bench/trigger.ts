import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

import type { DeploymentId } from '@tributary/contract';
import { z } from 'zod';

import { runToEnd } from './run-to-end.ts';
import type { Stage } from './stage.ts';

/** Samples in milliseconds. The three kinds alternate, so that a slow minute of the machine affects all of them. */
export interface TriggerSamples {
  /** Node alone, from spawn to exit */
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

/** Runs a deployment once, and waits until the worker is idle again. @returns milliseconds from create_flow_run to the flow's first line */
export async function trigger(stage: Stage, deployment: DeploymentId): Promise<number> {
  const began = process.hrtime.bigint();
  const run = await runToEnd(stage, deployment);
  await sleep(700);
  return Number(BigInt(result.parse(run.state?.data).value.at) - began) / 1e6;
}

/** Starts Node with these arguments. @returns milliseconds from spawn to exit */
export function spawnToExit(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = process.hrtime.bigint();
    spawn(process.execPath, args, { stdio: 'ignore' })
      .once('error', reject)
      .once('exit', () => resolve(Number(process.hrtime.bigint() - began) / 1e6));
  });
}
