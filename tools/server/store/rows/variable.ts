import type { Variable } from '@tributary/contract/nouns/variable';

import { type JsonText, readJson, readTime } from './json.ts';

export type VariableRow = {
  id: string;
  created: number;
  updated: number;
  name: string;
  value: JsonText<Variable['value']>;
  tags: JsonText<string[]>;
};

export function variableOf(row: VariableRow): Variable {
  return {
    id: row.id,
    created: readTime(row.created),
    updated: readTime(row.updated),
    name: row.name,
    value: readJson(row.value),
    tags: readJson(row.tags),
  };
}
