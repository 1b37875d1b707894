import { TributaryError } from '@tributary/contract/error';

import { nearest } from '@tributary/contract/nearest';

/**
 * What a command says of a name that nothing has: the known one that was probably meant, otherwise what to do.
 * @param what the noun: `work pool`
 */
export function noSuch(what: string, wanted: string, known: Iterable<string>, otherwise: string): TributaryError {
  return new TributaryError('not_found', `There is no ${what} "${wanted}". ${didYouMean(wanted, known, otherwise)}`);
}

/** The sentence that follows: the known name that was probably meant, otherwise what to do. */
export function didYouMean(wanted: string, known: Iterable<string>, otherwise: string): string {
  const meant = nearest(wanted, known);
  return meant ? `Did you mean ${meant}?` : otherwise;
}
