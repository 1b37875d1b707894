import { describe, expect, it } from 'vitest';

import { nearest } from './nearest.ts';

const names = ['dbt-command-flow/dbt_downstream_model', 'export/dummyjson_products', 'export/orders'];

describe('the nearest name', () => {
  it.each([
    ['export/dummyjson_product', 'export/dummyjson_products'],
    ['exprot/dummyjson_products', 'export/dummyjson_products'],
    ['EXPORT/Orders', 'export/orders'],
    ['dummyjson_products', 'export/dummyjson_products'],
    ['ordesr', 'export/orders'],
    ['dbt-comand-flow/dbt_downstream_model', 'dbt-command-flow/dbt_downstream_model'],
  ])('for %s is %s', (wanted, meant) => {
    expect(nearest(wanted, names)).toBe(meant);
  });

  it('is the one that fewest edits lead to, before one that holds the wanted text', () => {
    expect(nearest('retry', ['retryDelay', 'retries'])).toBe('retries');
    expect(nearest('collision', ['limit', 'collisionStrategy'])).toBe('collisionStrategy');
    expect(nearest('corn', ['tags', 'cron', 'name'])).toBe('cron');
  });

  it('is none when nothing resembles what was asked for', () => {
    expect(nearest('sales/quarterly_report', names)).toBeUndefined();
    expect(nearest('anything', [])).toBeUndefined();
    expect(nearest('url', ['tag', 'limit'])).toBeUndefined();
  });
});
