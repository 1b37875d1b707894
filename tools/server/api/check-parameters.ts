import { type Issue, type TaskRunId } from '@tributary/contract';
import { type JsonObject, writeJson } from '@tributary/contract/json';
import { maximumParameterBytes } from '@tributary/contract/nouns/deployment';

import { validateParameters } from '../orchestrate/validate-parameters.ts';
import type { Database } from '../store/database/database.ts';
import { hasRow } from '../store/database/has-row.ts';
import { conflict, invalid } from './refusal.ts';

/** Errors: 422. */
export function checkParameterSize(parameters: JsonObject): void {
  const bytes = Buffer.byteLength(writeJson(parameters));
  if (bytes > maximumParameterBytes)
    throw invalid(
      `The parameters take ${bytes} bytes as JSON, more than the ${maximumParameterBytes} allowed. Store the data elsewhere, and pass where it is.`,
    );
}

/** Errors: 409 for a task run that nobody has told of. */
export function checkParent(database: Database, id: TaskRunId | null | undefined): void {
  if (id && !hasRow(database, 'task_runs', id)) throw conflict(`There is no task run ${id} to be the parent.`);
}

/** Errors: 409, with what is wrong by path. */
export function checkParameters(schema: JsonObject, parameters: JsonObject): void {
  const errors = validateParameters(schema, parameters);
  if (errors.length > 0) throw conflict(`Validation failed for the flow's parameters. ${list(errors)}`, errors);
}

/** @param template of the work pool; the variables that it requires may come from elsewhere. Errors: 422. */
export function checkJobVariables(template: JsonObject, variables: JsonObject): void {
  const schema = template['variables'];
  if (Object.keys(variables).length === 0 || typeof schema !== 'object' || schema === null) return;
  const errors = validateParameters(withoutRequired({ ...schema }), variables);
  if (errors.length > 0) throw invalid(`The job variables do not fit the work pool's template. ${list(errors)}`);
}

/** A deployment may leave parameters to its runs. */
export function withoutRequired(schema: JsonObject): JsonObject {
  const { required: _left, ...rest } = schema;
  return rest;
}

function list(errors: readonly Issue[]): string {
  return errors.map(({ path, message }) => `${path || 'parameters'}: ${message}`).join('; ');
}
