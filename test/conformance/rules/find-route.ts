import { routes } from '@tributary/contract/routes';
import type { Route } from '@tributary/contract/routes/route';

import type { Exchange } from '../talk/send-request.ts';

/** Finds what a request asks for among routes of the form `/flows/{id}`: the one with the most fixed words. */
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

/** `/flows` and `/flows/` are two paths to a real server. */
function wordsOf(path: string): string[] {
  return path.split('/').slice(1);
}

const named = Object.entries<Route>(routes).map(([name, { method, path }]) => ({ name, method, path }));

/** @returns the name of the contract's route that a request asks for */
export function findRoute(exchange: Pick<Exchange, 'method' | 'path'>): string | undefined {
  return matchPath(named, exchange)?.name;
}
