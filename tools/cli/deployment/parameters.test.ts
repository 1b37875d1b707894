import { describe, expect, it } from 'vitest';

import { readParameters } from './parameters.ts';

const schema = { properties: { baseUrl: { type: 'string' }, limit: { type: 'integer' } } };

describe('parameters on the command line', () => {
  it('are JSON where they read as such, else text', () => {
    expect(readParameters(undefined, ['limit=10', 'full=true', 'ids=[1,2]', 'day=2026-11-22', 'note=a=b'], schema)).toEqual({
      limit: 10,
      full: true,
      ids: [1, 2],
      day: '2026-11-22',
      note: 'a=b',
    });
  });

  it('stay text where the schema wants text', () => {
    expect(readParameters(undefined, ['baseUrl=42'], schema)).toEqual({ baseUrl: '42' });
    expect(readParameters(undefined, ['baseUrl="quoted"'], schema)).toEqual({ baseUrl: 'quoted' });
  });

  it('are what the schema has a place for where it takes text and more', () => {
    const zip = { anyOf: [{ type: 'string' }, { type: 'null' }] };
    const size = { type: ['string', 'integer'] };
    const read = (...pairs: string[]) => readParameters(undefined, pairs, { properties: { zip, size } });
    expect(read('zip=1234', 'size=5')).toEqual({ zip: '1234', size: 5 });
    expect(read('zip=null', 'size=true')).toEqual({ zip: null, size: 'true' });
  });

  it('win over those of --params', () => {
    expect(readParameters('{"limit": 1, "full": false}', ['limit=2'], schema)).toEqual({ limit: 2, full: false });
  });

  it.each([
    ['{limit: 1}', [], '--params is no JSON'],
    ['[1]', [], 'not a list'],
    ['3', [], 'takes a JSON object'],
    [undefined, ['limit'], 'takes name=value'],
    [undefined, ['=1'], 'takes name=value'],
    [undefined, ['{"ok": true}'], '--params takes a JSON object'],
    [undefined, ['{"filter": "a=b"}'], '--params takes a JSON object'],
  ])('are refused as %s %s', (json, pairs, reason) => {
    expect(() => readParameters(json, pairs, schema)).toThrow(reason);
  });
});
