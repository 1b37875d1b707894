import { z } from 'zod';

import { timestamp } from '../time.ts';

const related = z.record(z.string(), z.string().nullable());
const resource = related.refine((labels) => typeof labels['prefect.resource.id'] === 'string', 'a resource needs its prefect.resource.id');

/**
 * One thing that happened. Ordinary tasks and dbt nodes are reported as `prefect.task-run.{StateName}`: the sender keeps their books
 * (run_count, start and end times), `id` is the state's id, `follows` the state before it.
 */
export const event = z.object({
  id: z.guid(),
  occurred: timestamp,
  event: z.string(),
  follows: z.guid().nullish(),
  resource,
  related: z.array(related).default([]),
  payload: z.record(z.string(), z.unknown()).default({}),
});
export type Event = z.output<typeof event>;
export type EventInput = z.input<typeof event>;
