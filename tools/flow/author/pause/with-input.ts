import type { JsonObject } from '@tributary/contract/json';

import { withStubInput } from '../../run/local/stub-pause-port.ts';

/**
 * Runs the body; in it, `pause` and `suspend` return immediately, as if the run had been resumed, and need no server.
 * @param input the input they are resumed with, checked by their schemas; or a function of the pause's key: `1` is the first, `2` the second
 * @returns what the body returned
 * @example
 * await withInput({ approved: true }, () => load({ baseUrl }));
 */
export async function withInput<Result>(
  input: JsonObject | ((key: string) => JsonObject | undefined),
  body: () => Result | Promise<Result>,
): Promise<Result> {
  return withStubInput(typeof input === 'function' ? input : () => input, body);
}
