import { routes } from '@tributary/contract/routes';
import type { Route } from '@tributary/contract/routes/route';

import type { Exchange } from '../talk/send-request.ts';

/** Finds the route of a request among routes of the form `/flows/{id}`. If several match, the one with the fewest parameters is found. */
export function matchPath<Candidate extends { readonly method: string; readonly path: string }>(
  candidates: readonly Candidate[],
  { method, path }: Pick<Exchange, 'method' | 'path'>,
): Candidate | undefined {
  const asked = wordsOf(path.split('?')[0] ?? '');
  return candidates
    .filter((route) => {
      const words = wordsOf(route.path);
      return (
        route.method === method &&
        words.length === asked.length &&
        words.every((word, index) => (word.startsWith('{') ? asked[index] !== '' : word === asked[index]))
      );
    })
    .toSorted((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
}

/** Splits a path. Prefect's server treats `/flows` and `/flows/` as two paths, so an empty last word is kept. */
function wordsOf(path: string): string[] {
  return path.split('/').slice(1);
}

const named = Object.entries<Route>(routes).map(([name, { method, path }]) => ({ name, method, path }));

/** Finds the contract's route of a request. @returns the route's name */
export function findRoute(exchange: Pick<Exchange, 'method' | 'path'>): string | undefined {
  return matchPath(named, exchange)?.name;
}
