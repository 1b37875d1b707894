import { expect, it } from 'vitest';

import { fitQuery, fitTable, readFailingRows } from './failing-rows.ts';

it('reads the rows that the query prints, with every digit, and nothing else', () => {
  const line = '{"failing_rows_of": "test.shop.a", "rows": [{"id": 9007199254740993, "name": null}]}';
  expect(readFailingRows(line)).toEqual({ id: 'test.shop.a', rows: [{ id: 9_007_199_254_740_993n, name: null }] });
  expect(readFailingRows('select 1')).toBeUndefined();
  expect(readFailingRows('{"rows": []}')).toBeUndefined();
});

it('cuts long texts after their secrets are masked, and leaves out rows beyond 64 kB', () => {
  const mask = (text: string) => text.replaceAll('secret', '***');
  const long = `${'x'.repeat(997)}secret and more`;
  expect(fitTable([{ n: 1, text: long, secret: true }], mask)).toEqual([{ n: 1, text: `${'x'.repeat(997)}*** …`, secret: true }]);
  const rows = Array.from({ length: 1000 }, (_, n) => ({ n, text: 'y'.repeat(990) }));
  const fitted = fitTable(rows, mask);
  expect(fitted).toEqual(rows.slice(0, fitted.length));
  expect(JSON.stringify(fitted).length).toBeLessThan(64 * 1024);
  expect(fitted.length).toBeGreaterThan(60);
});

it('leaves out a test whose SQL is too long for an argument of a process', () => {
  const [short, long] = [
    { id: 'a', sql: 'select 1' },
    { id: 'b', sql: 'é'.repeat(60_000) },
  ];
  expect(fitQuery([long, short])).toEqual([short]);
});
