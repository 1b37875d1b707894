import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { repository } from '../support/workspace.ts';

export interface PageRoute {
  /** such as `GET /flows/{}`, without the names of path parameters */
  readonly route: string;
  readonly here: string;
  readonly what: string;
}

/** Reads the routes and the keys of differences in PROTOCOL.md. Tests compare them with the code. */
export function readProtocolPage(): { readonly routes: readonly PageRoute[]; readonly keys: readonly string[] } {
  const page = readFileSync(join(repository, 'tools', 'contract', 'PROTOCOL.md'), 'utf8');
  const cells = page
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((row) => row.split('|').map((cell) => cell.trim()));
  return {
    routes: cells.flatMap(([, first = '', here = '', what = '']) => {
      const route = /^`([A-Z]+ \/[^`]*)`$/.exec(first)?.[1];
      return route === undefined ? [] : [{ route: withoutNames(route), here, what }];
    }),
    keys: cells.flatMap(([, key = '']) => (/^[a-z]+(-[a-z]+)+$/.test(key) ? [key] : [])),
  };
}

/** Removes the names of a route's path parameters, because Prefect's documents and the contract name them differently. */
export function withoutNames(route: string): string {
  return route.replace(/\{\w+\}/g, '{}');
}
