import { type Issue, issuesOf, TributaryError } from '@tributary/contract/error';
import type { z } from 'zod';

import type { FlowDefinition } from '../flow-definition.ts';
import { describeFailure, listIssues } from '../failure.ts';
import { roundedIn, withCure } from './large-integers.ts';
import { unknownKeys } from './unknown-keys.ts';

/** Checks the parameters of a flow. @returns the parsed parameters, or an error that lists each path */
export async function parseParameters(
  flow: FlowDefinition,
  parameters: unknown,
): Promise<{ readonly parsed: Record<string, unknown>; readonly error?: never } | { readonly error: TributaryError }> {
  if (!flow.parameters) {
    const given = Object.keys(parameters ?? {});
    if (given.length === 0) return { parsed: {} };
    return {
      error: invalid(
        flow,
        given.map((path) => ({ path, message: 'the flow takes no parameters' })),
      ),
    };
  }
  const result = await flow.parameters.safeParseAsync(parameters ?? {}).catch((thrown: unknown) => thrown);
  if (!isParsed(result)) return { error: invalid(flow, [{ path: '', message: describeFailure(result) }]) };
  const unknown = unknownKeys(flow.parameters, parameters).map(({ path, key }) => ({ path, message: `Unrecognized key: "${key}"` }));
  const rounded = result.success ? roundedIn(parameters, result.data) : [];
  if (result.success && unknown.length + rounded.length === 0) return { parsed: result.data };
  // A strict schema has reported its unknown keys as well. They must not be listed twice.
  const wrong = result.success ? [] : result.error.issues.filter(({ code }) => code !== 'unrecognized_keys' || unknown.length === 0);
  const issues = issuesOf({ issues: [...wrong.map((issue) => withCure(issue, parameters)), ...unknown] });
  return { error: invalid(flow, [...issues, ...rounded]) };
}

/** True for a result of zod. If an author's refinement threw, the value is the thrown error instead. */
function isParsed(value: unknown): value is z.ZodSafeParseResult<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && 'success' in value;
}

function invalid(flow: FlowDefinition, issues: readonly Issue[]): TributaryError {
  return new TributaryError('invalid_parameters', `The parameters of flow "${flow.name}" are not valid: ${listIssues(issues)}.`, {
    facts: { issues },
  });
}
