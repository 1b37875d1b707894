import type { FlowId } from '@tributary/contract';
import type { Flow } from '@tributary/contract/nouns/flow';

import { readColumn, readTime } from './json.ts';

export type FlowRow = { id: FlowId; created: number; updated: number; name: string; tags: string; labels: string };

export function flowOf(row: FlowRow): Flow {
  return {
    id: row.id,
    created: readTime(row.created),
    updated: readTime(row.updated),
    name: row.name,
    tags: JSON.parse(row.tags),
    labels: readColumn(row.labels),
  };
}
