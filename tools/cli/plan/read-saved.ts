import { resolve } from 'node:path';

import { isTributaryError } from '@tributary/contract/error';
import type { Plan } from '@tributary/contract/nouns/plan';
import { type Policy, policyOf, readSavedPlan } from '@tributary/plan';

import { misuse } from '../command/refusal.ts';
import type { PolicyOptions } from './read-policy.ts';

/** A plan that the user has read, and what was allowed for it. */
export interface Saved {
  readonly file: string;
  readonly plan: Plan;
  readonly policy: Policy;
  /** the names of its integrations */
  readonly integrations: ReadonlySet<string>;
}

/**
 * Reads the file of `--plan`.
 * @throws `misuse` if the file isn't a plan, or the command line says what only the plan can say
 */
export async function readSaved(
  cwd: string,
  file: string,
  { names, options }: { readonly names: readonly string[]; readonly options: PolicyOptions },
): Promise<Saved> {
  if (names.length > 0) throw misuse('Give --plan or integrations, not both: the plan has its integrations.');
  const { takeOver, allowDeletes, allowOlder, reset, storage } = options;
  for (const [option, value] of Object.entries({
    '--take-over': takeOver,
    '--allow-deletes': allowDeletes,
    '--allow-older': allowOlder,
    '--reset': reset,
    '--storage': storage,
  }))
    if (value !== undefined) throw misuse(`Give ${option} when you plan, not with --plan: a deploy of a plan does what the plan says.`);
  try {
    const plan = await readSavedPlan(resolve(cwd, file));
    return { file, plan, policy: policyOf(plan), integrations: new Set(plan.integrations.map(({ name }) => name)) };
  } catch (error) {
    throw isTributaryError(error, 'misuse') ? misuse(error.message) : error;
  }
}
