import { TributaryError } from '@tributary/contract/error';

import { nearest } from '@tributary/contract/nearest';

/**
 * Creates the error for an unknown name. The message suggests the known name that was probably meant, or says what to do.
 * @param what the noun, such as `work pool`
 * @param otherwise what to do if no known name is near
 */
export function noSuch(what: string, wanted: string, known: Iterable<string>, otherwise: string): TributaryError {
  return new TributaryError('not_found', `There is no ${what} "${wanted}". ${didYouMean(wanted, known, otherwise)}`);
}

/** Suggests the known name that was probably meant. @returns `otherwise` if no known name is near */
export function didYouMean(wanted: string, known: Iterable<string>, otherwise: string): string {
  const meant = nearest(wanted, known);
  return meant ? `Did you mean ${meant}?` : otherwise;
}
