import { routes } from '@tributary/contract/routes';
import type { Route } from '@tributary/contract/routes/route';
import { describe, expect, it } from 'vitest';

import { differences } from './differences.ts';
import { readProtocolPage, withoutNames } from './protocol-page.ts';

const page = readProtocolPage();

describe('PROTOCOL.md', () => {
  it('has the whole surface of Prefect 3.8.8, each route once', () => {
    expect(page.routes.filter(({ here }) => here !== 'ours')).toHaveLength(187);
    expect(new Set(page.routes.map(({ route }) => route)).size).toBe(page.routes.length);
    expect(new Set(page.routes.map(({ here }) => here))).toEqual(new Set(['done', 'partly', 'not', 'ours']));
  });

  it('marks exactly the routes of the contract as done, partly or ours', () => {
    const spoken = page.routes.filter(({ here }) => here !== 'not').map(({ route }) => route);
    const contract = Object.values<Route>(routes).map(({ method, path }) => withoutNames(`${method} ${path}`));
    expect(spoken.toSorted()).toEqual(contract.toSorted());
  });

  it('says what is missing of each route that is marked as partly', () => {
    expect(page.routes.filter(({ here, what }) => here === 'partly' && what === '')).toEqual([]);
  });

  it('gives a reason for exactly the differences that the suite allows', () => {
    expect(page.keys.toSorted()).toEqual([...new Set(differences.map(({ key }) => key))].toSorted());
  });
});
