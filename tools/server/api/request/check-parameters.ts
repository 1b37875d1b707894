import { type Issue, type TaskRunId } from '@tributary/contract';
import { type JsonObject, writeJson } from '@tributary/contract/json';
import { maximumParameterBytes } from '@tributary/contract/nouns/deployment';

import { validateParameters } from '../../orchestrate/validate-parameters.ts';
import type { Database } from '../../store/database/database.ts';
import { hasRow } from '../../store/database/has-row.ts';
import { conflict, invalid } from '../refusal.ts';

/** @throws Refusal 422 if the parameters are too large */
export function checkParameterSize(parameters: JsonObject): void {
  const bytes = Buffer.byteLength(writeJson(parameters));
  if (bytes > maximumParameterBytes)
    throw invalid(
      `The parameters take ${bytes} bytes as JSON, more than the ${maximumParameterBytes} allowed. Store the data elsewhere and pass its location.`,
      'parameters',
    );
}

/** @throws Refusal 409 if the parent task run doesn't exist */
export function checkParent(database: Database, id: TaskRunId | null | undefined): void {
  if (id && !hasRow(database, 'task_runs', id)) throw conflict(`The parent task run ${id} doesn't exist.`);
}

/** @throws Refusal 409 with each error and its path if the parameters don't fit the schema */
export function checkParameters(schema: JsonObject, parameters: JsonObject): void {
  const errors = validateParameters(schema, parameters);
  if (errors.length > 0) throw conflict(`Validation failed for the flow's parameters. ${list(errors)}`, errors);
}

/**
 * Checks job variables. Required variables may be missing, as the deployment or the pool may set them.
 * @param template of the work pool
 * @throws Refusal 422 if the variables don't fit the template
 */
export function checkJobVariables(template: JsonObject, variables: JsonObject): void {
  const schema = template['variables'];
  if (Object.keys(variables).length === 0 || typeof schema !== 'object' || schema === null) return;
  const errors = validateParameters(withoutRequired({ ...schema }), variables);
  if (errors.length > 0) throw invalid(`The job variables don't fit the work pool's template. ${list(errors)}`, 'job_variables');
}

/** Removes `required` from a schema: a deployment may leave parameters to its runs. */
export function withoutRequired(schema: JsonObject): JsonObject {
  const { required: _omitted, ...rest } = schema;
  return rest;
}

function list(errors: readonly Issue[]): string {
  return errors.map(({ path, message }) => `${path || 'parameters'}: ${message}`).join('; ');
}
