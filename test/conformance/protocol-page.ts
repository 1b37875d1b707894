import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { repository } from '../support/workspace.ts';

export interface PageRoute {
  /** `GET /flows/{}`: the parameters of a path have no names here */
  readonly route: string;
  readonly here: string;
  readonly what: string;
}

/** What PROTOCOL.md says, for the tests that keep it true. */
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

/** Prefect's documents call a path's parameters otherwise than the contract does. */
export function withoutNames(route: string): string {
  return route.replace(/\{\w+\}/g, '{}');
}
