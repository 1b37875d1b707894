import { isTributaryError } from '@tributary/contract/error';

import { noSuch } from './no-such.ts';

interface Named {
  readonly name: string;
}

/**
 * Reads a noun by its name, such as a work pool.
 * @param noun for the message, such as `work pool`
 * @param others reads all nouns of this kind; called only if none has the name
 * @param advice what to do if no name is near
 * @throws `not_found` with the name that was probably meant
 */
export async function readNamed<Noun extends Named>(
  noun: string,
  wanted: string,
  read: () => Promise<{ readonly data: Noun }>,
  others: () => Promise<readonly Named[]>,
  advice: string,
): Promise<Noun> {
  try {
    return (await read()).data;
  } catch (error) {
    if (!isTributaryError(error, 'not_found')) throw error;
    const names = (await others()).map(({ name }) => name);
    throw noSuch(noun, wanted, names, advice);
  }
}
