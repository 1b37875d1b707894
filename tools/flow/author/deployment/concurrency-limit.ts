import { TributaryError } from '@tributary/contract/error';

import type { DeploymentDefinition } from '../../run/deployment-definition.ts';
import { checkOptions } from '../options/check-options.ts';
import { type Duration, toSeconds } from '../options/duration.ts';

/** A deployment's concurrency limit, and what the server does when it is reached. */
export interface ConcurrencyLimitOptions {
  /** how many runs may be underway at once, 1 or more */
  readonly limit: number;
  /**
   * what happens to a further run: `ENQUEUE` lets it wait until another run has ended, `CANCEL_NEW` cancels it
   * @default `ENQUEUE`
   */
  readonly collisionStrategy?: 'ENQUEUE' | 'CANCEL_NEW';
  /**
   * how long a run may hold its slot before the run starts, from 1 minute to 1 day
   * @default the server's default
   */
  readonly gracePeriod?: Duration;
}

const limitOptions = { limit: true, collisionStrategy: true, gracePeriod: true } as const satisfies Record<
  keyof ConcurrencyLimitOptions,
  true
>;

/**
 * Reads the `concurrencyLimit` of a deployment.
 * @param deployment its full name, for messages
 * @returns null without a limit
 * @throws `misuse` with the deployment and the value
 */
export function readConcurrencyLimit(
  deployment: string,
  given: number | ConcurrencyLimitOptions | undefined,
): DeploymentDefinition['concurrencyLimit'] {
  if (given === undefined) return null;
  const options: ConcurrencyLimitOptions = typeof given === 'number' ? { limit: given } : given;
  checkOptions(`the concurrencyLimit of deployment ${deployment}`, options, limitOptions);
  const { limit, gracePeriod } = options;
  const collisionStrategy = options.collisionStrategy ?? null;
  const refuse = (what: string, value: unknown, advice: string): TributaryError =>
    new TributaryError('misuse', `The ${what} of deployment ${deployment} is ${String(value)}: ${advice}.`);
  if (!Number.isInteger(limit) || limit < 1) throw refuse('concurrencyLimit', limit, 'give a whole number above 0');
  if (collisionStrategy !== null && !['ENQUEUE', 'CANCEL_NEW'].includes(collisionStrategy))
    throw refuse("concurrencyLimit's collisionStrategy", collisionStrategy, 'give ENQUEUE or CANCEL_NEW');
  if (gracePeriod === undefined) return { limit, collisionStrategy, gracePeriod: null };
  const seconds = toSeconds(gracePeriod, `concurrencyLimit's gracePeriod of deployment ${deployment}`);
  if (!Number.isInteger(seconds) || seconds < 60 || seconds > 86_400)
    throw refuse("concurrencyLimit's gracePeriod", gracePeriod, 'give whole seconds, from 1 minute to 1 day');
  return { limit, collisionStrategy, gracePeriod: seconds };
}
