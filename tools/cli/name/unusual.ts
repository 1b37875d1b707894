import { nearest } from '@tributary/contract/nearest';

/**
 * A sentence for each unusual value of a filter that matched nothing: it may be a name that a flow invented, or a typing error.
 * @param what the filter, such as `state`
 */
export function unusual(what: string, wanted: readonly string[], usual: readonly string[]): string {
  const known = new Set(usual.map((name) => name.toLowerCase()));
  return wanted
    .filter((value) => !known.has(value.toLowerCase()))
    .map((value) => {
      const meant = nearest(value, usual);
      return ` "${value}" isn't a usual ${what}: ${meant ? `did you mean ${meant}?` : `those are ${usual.join(', ')}.`}`;
    })
    .join('');
}
