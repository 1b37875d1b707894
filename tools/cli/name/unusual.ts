import { nearest } from '@tributary/contract/nearest';

/**
 * Prints a sentence for each unusual value of a filter that matched nothing. The value may be a typing error, or a name that a flow invented.
 * @param what the filter, such as `state`
 */
export function unusual(what: string, wanted: readonly string[], usual: readonly string[]): string {
  const known = new Set(usual.map((name) => name.toLowerCase()));
  return wanted
    .filter((value) => !known.has(value.toLowerCase()))
    .map((value) => {
      const meant = nearest(value, usual);
      return ` "${value}" isn't a usual ${what}: ${meant ? `did you mean ${meant}?` : `the usual ones are ${usual.join(', ')}.`}`;
    })
    .join('');
}
