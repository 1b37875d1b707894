import type { FlowRunId, TaskRunId } from '@tributary/contract';
import type { Artifact } from '@tributary/contract/nouns/artifact';

import { type JsonText, readJson, readTime } from './json.ts';

export type ArtifactRow = {
  id: string;
  created: number;
  updated: number;
  key: string | null;
  type: string | null;
  description: string | null;
  data: JsonText<unknown> | null;
  metadata_: JsonText<Record<string, string>> | null;
  flow_run_id: FlowRunId | null;
  task_run_id: TaskRunId | null;
};

export function artifactOf(row: ArtifactRow): Artifact {
  return {
    id: row.id,
    created: readTime(row.created),
    updated: readTime(row.updated),
    key: row.key,
    type: row.type,
    description: row.description,
    data: readJson(row.data),
    metadata_: readJson(row.metadata_),
    flow_run_id: row.flow_run_id,
    task_run_id: row.task_run_id,
  };
}
