import { TributaryError } from '@tributary/contract/error';

import { nearest } from '@tributary/contract/nearest';

/**
 * The error for an unknown name, with the known name that was probably meant, otherwise with what to do.
 * @param what the noun, such as `work pool`
 * @param otherwise what to do if no known name is near
 */
export function noSuch(what: string, wanted: string, known: Iterable<string>, otherwise: string): TributaryError {
  return new TributaryError('not_found', `There is no ${what} "${wanted}". ${didYouMean(wanted, known, otherwise)}`);
}

/** A sentence with the known name that was probably meant, otherwise with what to do. */
export function didYouMean(wanted: string, known: Iterable<string>, otherwise: string): string {
  const meant = nearest(wanted, known);
  return meant ? `Did you mean ${meant}?` : otherwise;
}
