import { inspect } from 'node:util';

import { isTributaryError, type TributaryError } from '@tributary/contract/error';

/** The error of a load, and all that a log could print of it. */
export interface Failure {
  readonly error: TributaryError;
  readonly printed: string;
}

/** Waits for a load to fail. */
export async function failureOf(load: Promise<unknown>): Promise<Failure> {
  const error: unknown = await load.then(
    (result) => new Error(`The load didn't fail: ${JSON.stringify(result)}`),
    (thrown: unknown) => thrown,
  );
  if (!isTributaryError(error)) throw error;
  return { error, printed: inspect(error, { depth: 10, showHidden: true }) };
}
