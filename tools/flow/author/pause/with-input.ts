import type { JsonObject } from '@tributary/contract/json';

import { withStubInput } from '../../run/local/stub-pause-port.ts';

/**
 * Runs the body; in it, `pause` and `suspend` return immediately, as if the run had been resumed, and need no server.
 * @param input the input for each pause, checked by the pause's schema; or a function that returns the input for a pause's key, by default
 * `1` for the first pause and `2` for the second
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
