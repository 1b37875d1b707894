import { z } from 'zod';

import { flowRunId, taskRunId } from '../id.ts';
import { timestamp } from '../time.ts';
import { answerNouns, bodyNouns } from './registries.ts';

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
bodyNouns.add(artifactCreate, { id: 'ArtifactCreate' });

/** Changes an artifact, for example to show progress. Fields that are left out keep their values. */
export const artifactUpdate = artifactCreate.pick({ data: true, description: true, metadata_: true });
bodyNouns.add(artifactUpdate, { id: 'ArtifactUpdate' });

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
answerNouns.add(artifact, { id: 'Artifact' });
export type Artifact = z.output<typeof artifact>;
