import type { DeploymentId, FlowRunId } from '../id.ts';
import { defaultPool, type WorkPool } from '../nouns/work-pool.ts';
import { shellWord } from '../shell-word.ts';

/** The command that starts a worker for a pool: `tributary` for pools of Tributary's type, `prefect` for all others. */
export function workerCommand({ name, type }: Pick<WorkPool, 'name' | 'type'>): string {
  const ours = type === defaultPool.type;
  if (ours && name === defaultPool.name) return 'npx tributary worker start';
  return `${ours ? 'npx tributary' : 'prefect'} worker start --pool ${shellWord(name)}`;
}

/** Whether a pool needs workers. Prefect Cloud itself starts the runs of some types of pools. */
export function takesWorkers({ type }: Pick<WorkPool, 'type'>): boolean {
  return !/:(push|managed)$/.test(type);
}

/** The commands that end a wait. */
export const commands = {
  resumeRun: (id: FlowRunId) => `npx tributary flow-run resume ${id}`,
  inspectRun: (id: FlowRunId) => `npx tributary flow-run inspect ${id}`,
  resumePool: (pool: string) => `npx tributary work-pool resume ${shellWord(pool)}`,
  resumeQueue: (pool: string, queue: string) => `npx tributary work-queue resume ${shellWord(queue)} --pool ${shellWord(pool)}`,
  limitPool: (pool: string, limit: number) => `npx tributary work-pool set-concurrency-limit ${shellWord(pool)} ${limit}`,
  limitQueue: (pool: string, queue: string, limit: number) =>
    `npx tributary work-queue set-concurrency-limit ${shellWord(queue)} ${limit} --pool ${shellWord(pool)}`,
  limitDeployment: (id: DeploymentId, limit: number) => `npx tributary concurrency-limit update deployment:${id} --limit ${limit}`,
  raiseLimit: (name: string, limit: number) => `npx tributary concurrency-limit update ${shellWord(name)} --limit ${limit}`,
  workerOfQueue: (pool: Pick<WorkPool, 'name' | 'type'>, queue: string) =>
    `${pool.type === defaultPool.type ? 'npx tributary worker start' : 'prefect worker start'} --pool ${shellWord(pool.name)} ${
      pool.type === defaultPool.type ? '--queue' : '--work-queue'
    } ${shellWord(queue)}`,
} as const;
