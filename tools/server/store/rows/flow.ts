import type { FlowId } from '@tributary/contract';
import type { Flow } from '@tributary/contract/nouns/flow';
import type { Labels } from '@tributary/contract/nouns/label';

import { type JsonText, readJson, readTime } from './json.ts';

export type FlowRow = { id: FlowId; created: number; updated: number; name: string; tags: JsonText<string[]>; labels: JsonText<Labels> };

export function flowOf(row: FlowRow): Flow {
  return {
    id: row.id,
    created: readTime(row.created),
    updated: readTime(row.updated),
    name: row.name,
    tags: readJson(row.tags),
    labels: readJson(row.labels),
  };
}
