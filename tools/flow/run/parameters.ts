import { type Issue, issuesOf, TributaryError } from '@tributary/contract/error';
import type { z } from 'zod';

import type { FlowDefinition } from '../author/definition.ts';
import { describeFailure, listIssues } from './failure.ts';

/** The schema with unknown keys refused, unless its author made it loose. */
export function strictly(schema: z.ZodObject): z.ZodObject {
  return schema.def.catchall ? schema : schema.strict();
}

/** Checks what a flow is called with. @returns the parsed parameters, or an error that lists each path */
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
  return result.success ? { parsed: result.data } : { error: invalid(flow, issuesOf(result.error)) };
}

/** A refinement of the author's may throw. */
function isParsed(value: unknown): value is z.ZodSafeParseResult<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && 'success' in value;
}

function invalid(flow: FlowDefinition, issues: readonly Issue[]): TributaryError {
  return new TributaryError('invalid_parameters', `The parameters of flow "${flow.name}" are not valid: ${listIssues(issues)}.`, {
    facts: { issues },
  });
}
