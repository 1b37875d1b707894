import { z } from 'zod';

import { timestamp } from '../time.ts';
import { bodyNouns } from './registries.ts';

const related = z.record(z.string(), z.string().nullable());
const resource = related.refine((labels) => typeof labels['prefect.resource.id'] === 'string', 'a resource needs a prefect.resource.id');

/**
 * An event. Tasks and dbt nodes are reported as `prefect.task-run.{StateName}` events: the sender computes run_count, start and end time;
 * `id` is the state's id, `follows` the id of the state before it.
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
bodyNouns.add(event, { id: 'Event' });
export type Event = z.output<typeof event>;
export type EventInput = z.input<typeof event>;
