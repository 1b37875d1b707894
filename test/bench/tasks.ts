import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { runToEnd, untilRecorded } from './run-to-end.ts';
import { median } from './statistics.ts';
import type { Stage } from './stage.ts';

/** Milliseconds per task, and milliseconds from the last task's end until the server has every state. */
export interface TaskFigures {
  readonly inARow: number;
  readonly mapped: number;
  readonly recorded: number;
}

const result = z.object({ value: z.object({ row: z.number(), mapped: z.number(), end: z.string() }) });

/** Measures runs of a flow that calls 1,000 no-op tasks in a row, and then maps over 1,000 items. @returns the medians */
export async function measureTasks(stage: Stage, samples: number): Promise<TaskFigures> {
  const taken: TaskFigures[] = [];
  for (let sample = 0; sample < samples; sample += 1) taken.push(await runTasks(stage, { mapped: 1000 }));
  const of = (figure: keyof TaskFigures) => median(taken.map((figures) => figures[figure]));
  return { inARow: of('inARow'), mapped: of('mapped'), recorded: of('recorded') };
}

/** Runs the deployment `tasks` once. @param options.mapped how many items the run maps over */
export async function runTasks(stage: Stage, { mapped }: { readonly mapped: number }): Promise<TaskFigures> {
  const run = await runToEnd(stage, stage.deployments.tasks, { mapped });
  await untilRecorded(stage, run, 1000 + mapped);
  const seen = process.hrtime.bigint();
  const { value } = result.parse(run.state?.data);
  await sleep(300);
  return { inARow: value.row / 1000, mapped: value.mapped / mapped, recorded: Number(seen - BigInt(value.end)) / 1e6 };
}
