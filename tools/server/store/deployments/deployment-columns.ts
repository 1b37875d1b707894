import type { JsonObject } from '@tributary/contract/json';
import type { DeploymentUpdate } from '@tributary/contract/nouns/deployment';

import type { Value } from '../database/database.ts';
import { writeJson, writeMaybe } from '../rows/json.ts';

/** The columns of a deployment that an upsert or a PATCH changes. A null changes its column, too; an absent field does not. */
export function deploymentColumns(update: Omit<DeploymentUpdate, 'schedules'>): Record<string, Value> {
  const columns: Record<string, Value> = {};
  for (const name of ['version', 'description', 'path', 'entrypoint', 'storage_document_id', 'infrastructure_document_id'] as const) {
    const value = update[name];
    if (value !== undefined) columns[name] = value;
  }
  for (const name of ['concurrency_options', 'pull_steps', 'parameter_openapi_schema'] as const) {
    if (update[name] !== undefined)
      columns[name] = writeMaybe(name === 'parameter_openapi_schema' ? wholeSchema(update[name]) : update[name]);
  }
  for (const name of ['job_variables', 'parameters'] as const) {
    if (update[name] !== undefined) columns[name] = writeJson(update[name] ?? {});
  }
  if (update.tags !== undefined) columns['tags'] = writeJson(update.tags);
  if (update.paused !== undefined) columns['paused'] = update.paused ? 1 : 0;
  if (update.enforce_parameter_schema !== undefined) columns['enforce_parameter_schema'] = update.enforce_parameter_schema ? 1 : 0;
  return columns;
}

function wholeSchema(schema: JsonObject | null | undefined): JsonObject | null | undefined {
  return schema && Object.keys(schema).length === 0 ? { type: 'object', properties: {} } : schema;
}
