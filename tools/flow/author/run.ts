import { TributaryError } from '@tributary/contract/error';

import { currentContext } from '../run/context.ts';
import type { RunInfo } from '../run/run-info.ts';

/**
 * Returns the current flow run: its id, name, attempt, parameters and abort signal.
 * @throws `misuse` outside a flow or task
 * @example
 * const answer = await fetch(url, { signal: run().signal });
 */
export function run(): RunInfo {
  const context = currentContext();
  if (context) return context.run;
  throw new TributaryError('misuse', 'run() was called outside a flow: call it in the function of a flow or task while it runs.');
}
