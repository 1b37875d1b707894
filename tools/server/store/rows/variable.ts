import type { Variable } from '@tributary/contract/nouns/variable';

import { readColumn, readTime } from './json.ts';

export type VariableRow = { id: string; created: number; updated: number; name: string; value: string; tags: string };

export function variableOf(row: VariableRow): Variable {
  return {
    id: row.id,
    created: readTime(row.created),
    updated: readTime(row.updated),
    name: row.name,
    value: readColumn(row.value),
    tags: JSON.parse(row.tags),
  };
}
