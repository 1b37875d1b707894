import { issuesOf, TributaryError } from '@tributary/contract/error';
import type { JsonObject } from '@tributary/contract/json';
import { nearest } from '@tributary/contract/nearest';
import type { z } from 'zod';

import { listIssues } from '../../run/failure.ts';
import type { FlowDefinition } from '../../run/flow-definition.ts';
import { whyNotExact, whyNotJson } from '../../run/json-value.ts';
import { unknownKeys } from '../../run/parameters/unknown-keys.ts';

/**
 * Checks the parameters that a deployment or schedule sets. Required parameters may be missing, because a run can add them.
 * @param owner for messages: `deployment export/nightly`
 * @returns the parameters
 * @throws `invalid_parameters`
 */
export function checkParameters(owner: string, { name, parameters: schema }: FlowDefinition, given: object): JsonObject {
  const [unknown] = schema ? unknownKeys(schema, given) : Object.keys(given).map((key) => ({ path: [], key, known: [] }));
  if (unknown) {
    const { path, key, known } = unknown;
    const near = nearest(key, known);
    throw new TributaryError(
      'invalid_parameters',
      `${sentence(owner)} sets the parameter "${[...path, key].join('.')}", which flow "${name}" doesn't take.${near ? ` Did you mean "${[...path, near].join('.')}"?` : ''}`,
    );
  }
  checkExact(owner, 'parameters', given);
  const wrong = issuesOf({ issues: issuesWith(schema, given).filter(({ path }) => String(path[0]) in given) });
  if (wrong.length > 0)
    throw new TributaryError('invalid_parameters', `${sentence(owner)} sets invalid parameters: ${listIssues(wrong)}.`, {
      facts: { issues: wrong },
    });
  return checkJson(owner, 'parameters', { ...given });
}

function issuesWith(schema: FlowDefinition['parameters'], given: object): readonly z.core.$ZodIssue[] {
  // Only issues of given parameters count.
  if (Object.keys(given).length === 0) return [];
  try {
    // Each schema is used once here, so compiling it would take longer than it saves.
    return schema?.safeParse(given, { jitless: true }).error?.issues ?? [];
  } catch {
    // zod throws if the schema has an asynchronous check. The run then checks the parameters.
    return [];
  }
}

function checkExact(owner: string, option: string, value: object): void {
  const reason = whyNotExact(value, option);
  if (reason) throw new TributaryError('invalid_parameters', `${sentence(owner)} can't be sent: ${reason}.`);
}

/**
 * Checks that a value can be sent as JSON without loss.
 * @param owner for messages: `deployment export/nightly`
 * @throws `invalid_parameters`
 */
export function checkJson(owner: string, option: string, value: JsonObject): JsonObject {
  checkExact(owner, option, value);
  const reason = whyNotJson(value, option);
  if (reason) throw new TributaryError('invalid_parameters', `${sentence(owner)} can't be written as JSON: ${reason}.`);
  return value;
}

/** Capitalizes an owner such as `deployment a/b` for the beginning of a sentence. */
function sentence(owner: string): string {
  return `${owner.charAt(0).toUpperCase()}${owner.slice(1)}`;
}
