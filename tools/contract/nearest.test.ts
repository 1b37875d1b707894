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

  it('is the name with the fewest edits, even if another one contains the wanted text', () => {
    expect(nearest('retry', ['retryDelay', 'retries'])).toBe('retries');
    expect(nearest('collision', ['limit', 'collisionStrategy'])).toBe('collisionStrategy');
    expect(nearest('corn', ['tags', 'cron', 'name'])).toBe('cron');
  });

  it("doesn't exist if no known name resembles the wanted one", () => {
    expect(nearest('sales/quarterly_report', names)).toBeUndefined();
    expect(nearest('anything', [])).toBeUndefined();
    expect(nearest('url', ['tag', 'limit'])).toBeUndefined();
  });

  it('is searched for less than a second, even for a name of 60,000 characters', () => {
    const begin = performance.now();
    expect(nearest('x'.repeat(60_000), Intl.supportedValuesOf('timeZone'))).toBeUndefined();
    expect(performance.now() - begin).toBeLessThan(1000);
  });
});
