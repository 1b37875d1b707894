import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { issuesOf, messageOf, TributaryError } from '@tributary/contract/error';
import { readJson } from '@tributary/contract/json';
import { z } from 'zod';

const runResults = z.looseObject({
  metadata: z.looseObject({ dbt_version: z.string(), invocation_id: z.string().nullish() }),
  elapsed_time: z.number(),
  results: z.array(
    z.looseObject({
      unique_id: z.string(),
      status: z.string(),
      execution_time: z.number(),
      message: z.string().nullish(),
      failures: z.number().nullish(),
      relation_name: z.string().nullish(),
      adapter_response: z.record(z.string(), z.unknown()).default({}),
    }),
  ),
});
export type RunResults = z.output<typeof runResults>;

/**
 * Reads dbt's own report of a run that was not interrupted. An integer that a number can't hold is a bigint.
 * @throws `dbt` if the file is missing (some sub-commands write none) or has another shape
 */
export function readRunResults(targetPath: string): RunResults {
  const path = join(targetPath, 'run_results.json');
  let value: unknown;
  try {
    value = readJson(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new TributaryError('dbt', `${path} can't be read: ${messageOf(error)}`, { cause: error });
  }
  const parsed = runResults.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = issuesOf(parsed.error);
  throw new TributaryError('dbt', `${path} has an unexpected shape: ${issues[0]?.path}: ${issues[0]?.message}`, { facts: { issues } });
}
