import { z } from 'zod';

import { flowRunId, taskRunId } from '../id.ts';
import { timestamp } from '../time.ts';

export const artifactKey = z.string().regex(/^[a-z0-9-]+$/, 'an artifact key has only lowercase letters, digits and dashes');

export const artifactCreate = z.strictObject({
  key: artifactKey.nullish(),
  type: z.string().nullish(),
  description: z.string().nullish(),
  data: z.unknown().optional(),
  metadata_: z.record(z.string(), z.string()).nullish(),
  flow_run_id: flowRunId.nullish(),
  task_run_id: taskRunId.nullish(),
});

/** Changes only the fields that it has. Progress artifacts move this way. */
export const artifactUpdate = artifactCreate.pick({ data: true, description: true, metadata_: true });

export const artifact = z.object({
  id: z.guid(),
  created: timestamp,
  updated: timestamp,
  key: z.string().nullish(),
  type: z.string().nullish(),
  description: z.string().nullish(),
  data: z.unknown().optional(),
  metadata_: z.record(z.string(), z.string()).nullish(),
  flow_run_id: flowRunId.nullish(),
  task_run_id: taskRunId.nullish(),
});
export type Artifact = z.output<typeof artifact>;
