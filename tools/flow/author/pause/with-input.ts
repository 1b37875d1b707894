import type { JsonObject } from '@tributary/contract/json';

import { withStubInput } from '../../run/local/stub-pause-port.ts';

/**
 * Runs the body; in it, `pause` and `suspend` return immediately, as if the run had been resumed, and need no server.
 * @param input the input for all pauses, or a function that gets a pause's key and returns the pause's input. The pause's schema checks the
 * input. By default, the first pause has the key `1`, the second `2`.
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
