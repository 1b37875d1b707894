import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { DeploymentId } from '@tributary/contract';
import { z } from 'zod';

import type { Prefect } from '../support/prefect/server.ts';
import { type Running, start } from '../support/process.ts';
import { repository } from '../support/workspace.ts';
import { type Burst, burst } from './burst.ts';
import { runToEnd, untilRecorded } from './run-to-end.ts';
import type { Stage } from './stage.ts';

/** Prefect's own process worker and Python flows, with default settings, on the Prefect server that our worker uses too. */
export interface Theirs {
  startWorker(): Promise<Running>;
  /**
   * Runs the no-op flow, like `trigger` in trigger.ts does with our worker.
   * @param options.within the longest wait before the trigger, in seconds; the actual wait is random
   * @returns milliseconds from the trigger to the flow's first line
   */
  trigger(options: { readonly within: number }): Promise<number>;
  burst(size: number): Promise<Burst>;
  /** runs the flow that calls 1,000 tasks in a row @returns milliseconds as in `TaskFigures` */
  runTasks(): Promise<{ readonly inARow: number; readonly recorded: number }>;
  /** runs the Python program that deploys 100 deployments @returns how many seconds it took */
  deploy(description: string): Promise<number>;
}

const pool = 'theirs';
const python = join(repository, '.venv-prefect', 'bin', 'python');
const report = z.object({ row: z.number(), end: z.number() });

export async function createTheirs(prefect: Prefect, { client, stops }: Pick<Stage, 'client' | 'stops'>): Promise<Theirs> {
  const folder = await stops.add(mkdtempSync(join(tmpdir(), 'tributary-bench-')), async (path) => rmSync(path, { recursive: true }));
  const mark = join(folder, 'mark');
  const deploy = async (count: number, description: string): Promise<number> => {
    const began = performance.now();
    const args = [join(import.meta.dirname, 'theirs', 'deploy.py'), pool, String(count), description];
    const env = { PREFECT_API_URL: prefect.url, PREFECT_HOME: prefect.home, DO_NOT_TRACK: '1' };
    const deploying = await stops.add(start(python, args, { env }), (running) => running.stop());
    const { code, stdout, stderr } = await deploying.ended;
    if (code !== 0) throw new Error(`Prefect's deploy() ended with exit code ${code}:\n${(stdout + stderr).slice(-2000)}`);
    return (performance.now() - began) / 1000;
  };
  const find = async (deployment: string): Promise<DeploymentId> =>
    (await client.readDeploymentByName({ path: { flow: 'bench-theirs', deployment } })).data.id;

  await prefect.command(['work-pool', 'create', pool, '--type', 'process']).ended;
  await deploy(0, '');
  const [noop, tasks] = await Promise.all([find('noop'), find('tasks')]);
  return {
    async startWorker() {
      const command = prefect.command(['worker', 'start', '--pool', pool, '--name', pool]);
      const worker = await stops.add(command, (running) => running.stop());
      await worker.printed(/started/i, 60_000);
      return worker;
    },
    async trigger({ within }) {
      await sleep(Math.random() * within * 1000);
      const began = performance.timeOrigin + performance.now();
      await runToEnd({ client }, noop, { mark });
      return Number(readFileSync(mark, 'utf8')) / 1e6 - began;
    },
    burst: (size) => burst({ client, deployments: { burst: noop } }, size),
    async runTasks() {
      const run = await runToEnd({ client }, tasks, { mark });
      await untilRecorded({ client }, run, 1000);
      const seen = performance.timeOrigin + performance.now();
      const { row, end } = report.parse(JSON.parse(readFileSync(mark, 'utf8')));
      await sleep(300);
      return { inARow: row / 1000, recorded: seen - end / 1e6 };
    },
    deploy: (description) => deploy(100, description),
  };
}
