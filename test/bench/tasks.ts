import { setTimeout as sleep } from 'node:timers/promises';

import { isTerminal } from '@tributary/contract';
import { z } from 'zod';

import { median } from './statistics.ts';
import type { Stage } from './stage.ts';

/** Milliseconds a task, and milliseconds from the last task's end until the server holds every state. */
export interface TaskFigures {
  readonly inARow: number;
  readonly mapped: number;
  readonly recorded: number;
}

const result = z.object({ value: z.object({ row: z.number(), mapped: z.number(), end: z.string() }) });

/** The flow calls 1,000 no-op tasks in a row, then maps over 1,000. */
export async function measureTasks(stage: Stage, samples: number): Promise<TaskFigures> {
  const row: number[] = [];
  const mapped: number[] = [];
  const recorded: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    const { data: run } = await stage.client.createFlowRunFromDeployment({ path: { id: stage.deployments.tasks }, body: {} });
    const of = { body: { flow_runs: { id: { any_: [run.id] } }, task_runs: { state: { type: { any_: ['COMPLETED' as const] } } } } };
    let now = (await stage.client.readFlowRun({ path: { id: run.id } })).data;
    while (!now.state || !isTerminal(now.state.type)) {
      await sleep(20);
      now = (await stage.client.readFlowRun({ path: { id: run.id } })).data;
    }
    if (now.state.type !== 'COMPLETED') throw new Error(`The run of tasks ended ${now.state.name}: ${now.state.message ?? ''}`);
    while ((await stage.client.countTaskRuns(of)).data < 2000) await sleep(20);
    const seen = process.hrtime.bigint();
    const { value } = result.parse(now.state.data);
    row.push(value.row / 1000);
    mapped.push(value.mapped / 1000);
    recorded.push(Number(seen - BigInt(value.end)) / 1e6);
    await sleep(300);
  }
  return { inARow: median(row), mapped: median(mapped), recorded: median(recorded) };
}
