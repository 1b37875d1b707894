import { z } from 'zod';

import { flowId } from '../id.ts';
import { entityName } from '../name.ts';
import { timestamp } from '../time.ts';
import { labels } from './label.ts';
import { answerNouns, bodyNouns } from './registries.ts';

export const flowCreate = z.strictObject({
  name: entityName,
  tags: z.array(z.string()).nullish(),
  labels: labels.nullish(),
});
bodyNouns.add(flowCreate, { id: 'FlowCreate' });
export type FlowCreate = z.output<typeof flowCreate>;

export const flow = z.object({
  id: flowId,
  created: timestamp,
  updated: timestamp,
  name: z.string(),
  tags: z.array(z.string()),
  labels: labels.nullish(),
});
answerNouns.add(flow, { id: 'Flow' });
export type Flow = z.output<typeof flow>;
