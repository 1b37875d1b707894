import type { JsonObject } from '@tributary/contract/json';

import { withStubInput } from '../../run/local/stub-pause-port.ts';

/**
 * Runs the body, in which `pause` and `suspend` go on at once, as if somebody had resumed the run: no server is needed.
 * @param input what they are resumed with, checked by their schemas; or a function of the pause's key: `1` is the first, `2` the second
 */
export async function withInput<Result>(
  input: JsonObject | ((key: string) => JsonObject | undefined),
  body: () => Result | Promise<Result>,
): Promise<Result> {
  return withStubInput(typeof input === 'function' ? input : () => input, body);
}
