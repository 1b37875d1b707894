import { z } from 'zod';

import { flowRunId } from '../id.ts';
import { timestamp } from '../time.ts';
import { answerNouns, bodyNouns } from './registries.ts';

/** A text that a run stores under a key, for example the schema of the input that it waits for. */
export const flowRunInputCreate = z.object({
  key: z.string().regex(/^[a-z0-9-]+$/, 'a key has only lowercase letters, digits and dashes'),
  value: z.string(),
  sender: z.string().nullish(),
});
bodyNouns.add(flowRunInputCreate, { id: 'FlowRunInputCreate' });

export const flowRunInput = z.object({
  id: z.guid(),
  created: timestamp,
  updated: timestamp.nullish(),
  flow_run_id: flowRunId,
  key: z.string(),
  value: z.string(),
  sender: z.string().nullish(),
});
answerNouns.add(flowRunInput, { id: 'FlowRunInput' });
export type FlowRunInput = z.output<typeof flowRunInput>;

export const flowRunInputsQuery = z.object({
  prefix: z.string(),
  limit: z.int().min(1).default(1),
  exclude_keys: z.array(z.string()).default([]),
});
