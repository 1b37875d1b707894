import { z } from 'zod';

import { timestamp } from '../time.ts';
import { answerNouns } from './registries.ts';
import { carriedStateType } from './state.ts';

const edge = z.object({ id: z.guid() });
const graphArtifact = z.object({
  id: z.guid(),
  created: timestamp,
  key: z.string().nullish(),
  type: z.string().nullish(),
  is_latest: z.boolean(),
  /** only on progress artifacts */
  data: z.unknown().optional(),
});

export const graphNode = z.object({
  kind: z.enum(['flow-run', 'task-run']),
  id: z.guid(),
  label: z.string(),
  state_type: carriedStateType,
  start_time: timestamp,
  end_time: timestamp.nullish(),
  /** the task runs whose results this node used */
  parents: z.array(edge),
  children: z.array(edge),
  /** the task runs that called this node */
  encapsulating: z.array(edge),
  artifacts: z.array(graphArtifact),
});
answerNouns.add(graphNode, { id: 'GraphNode' });

/** The graph of a run: its started task runs. A child run appears in place of the task run that stands for it. */
export const flowRunGraph = z.object({
  start_time: timestamp.nullish(),
  end_time: timestamp.nullish(),
  root_node_ids: z.array(z.guid()),
  nodes: z.array(z.tuple([z.guid(), graphNode])),
  artifacts: z.array(graphArtifact),
  states: z.array(z.object({ id: z.guid(), timestamp, type: carriedStateType, name: z.string() })),
});
answerNouns.add(flowRunGraph, { id: 'FlowRunGraph' });
export type FlowRunGraph = z.output<typeof flowRunGraph>;
