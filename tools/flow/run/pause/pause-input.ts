import { issuesOf, TributaryError } from '@tributary/contract/error';
import type { z } from 'zod';

import { listIssues } from '../failure.ts';
import type { RunContext } from '../context.ts';
import { roundedIn, withCure } from '../parameters/large-integers.ts';
import type { PausePort } from './pause-port.ts';
import { masked } from '../secret-mask.ts';

/** The keys under which a paused run's schema, response and description are stored: Prefect's `run_input_keyset`. */
export interface PauseKeys {
  readonly schema: string;
  readonly response: string;
  readonly description: string;
}

/** @param state the name of the state, `Paused` or `Suspended` */
export function keysOf(state: string, key: string): PauseKeys {
  const base = `${state.toLowerCase()}-${key}`;
  return { schema: `${base}-schema`, response: `${base}-response`, description: `${base}-description` };
}

/**
 * Stores the schema of the input before the run is paused, so that the person who resumes the run can read it.
 * @returns `renew`, to call once the run is paused: it replaces a schema and a response that an earlier attempt left under the same keys
 */
export async function keepSchema(
  input: z.ZodObject,
  description: string | null,
  keys: PauseKeys,
  port: PausePort,
  { run, flowName }: RunContext,
): Promise<{ renew(): Promise<void> }> {
  const { parameterSchema } = await import('../parameters/parameter-schema.ts');
  const schema = masked(JSON.stringify({ ...parameterSchema(flowName, input, 'input'), title: 'Input' }));
  const keep = async (): Promise<boolean> => {
    if (description !== null) await port.keepInput(run.flowRunId, keys.description, masked(JSON.stringify(description)));
    return port.keepInput(run.flowRunId, keys.schema, schema);
  };
  const isNew = await keep();
  return {
    async renew() {
      if (isNew) return;
      for (const key of Object.values(keys)) await port.forgetInput(run.flowRunId, key);
      await keep();
    },
  };
}

/** @returns the input that the run was resumed with. @throws `invalid_parameters` if it doesn't fit the schema */
export async function readAnswer(
  input: z.ZodObject | null,
  keys: PauseKeys | null,
  port: PausePort,
  { run }: RunContext,
): Promise<unknown> {
  if (!input || !keys) return undefined;
  return parseAnswer(input, await port.readInput(run.flowRunId, keys.response), run.flowRunName);
}

async function parseAnswer(input: z.ZodObject, answer: unknown, flowRunName: string): Promise<unknown> {
  const parsed = await input.safeParseAsync(answer ?? {});
  const rounded = parsed.success ? roundedIn(answer, parsed.data) : [];
  if (parsed.success && rounded.length === 0) return parsed.data;
  const issues = [...issuesOf({ issues: parsed.error?.issues.map((issue) => withCure(issue, answer)) ?? [] }), ...rounded];
  throw new TributaryError(
    'invalid_parameters',
    `Flow run "${flowRunName}" was resumed with an input that is not valid: ${listIssues(issues)}.`,
    {
      facts: { issues },
    },
  );
}
