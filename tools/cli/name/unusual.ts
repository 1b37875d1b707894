import { nearest } from '@tributary/contract/nearest';

/**
 * What a list that found nothing adds for each value of a filter that is none of the usual: it may be a name of somebody's own, or a
 * typing error.
 * @param what the filter: `state`
 */
export function unusual(what: string, wanted: readonly string[], usual: readonly string[]): string {
  const known = new Set(usual.map((name) => name.toLowerCase()));
  return wanted
    .filter((value) => !known.has(value.toLowerCase()))
    .map((value) => {
      const meant = nearest(value, usual);
      return ` "${value}" is no usual ${what}: ${meant ? `did you mean ${meant}?` : `those are ${usual.join(', ')}.`}`;
    })
    .join('');
}
