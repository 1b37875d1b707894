import { describe, expect, it } from 'vitest';

import { readParameters } from './parameters.ts';

const schema = { properties: { baseUrl: { type: 'string' }, limit: { type: 'integer' } } };

describe('parameters on the command line', () => {
  it('are JSON if the value is JSON, otherwise text', () => {
    expect(readParameters(undefined, ['limit=10', 'full=true', 'ids=[1,2]', 'day=2026-11-22', 'note=a=b'], schema)).toEqual({
      limit: 10,
      full: true,
      ids: [1, 2],
      day: '2026-11-22',
      note: 'a=b',
    });
  });

  it('stay text if the schema wants text', () => {
    expect(readParameters(undefined, ['baseUrl=42'], schema)).toEqual({ baseUrl: '42' });
    expect(readParameters(undefined, ['baseUrl="quoted"'], schema)).toEqual({ baseUrl: 'quoted' });
  });

  it('follow the schema if it takes text and other types', () => {
    const zip = { anyOf: [{ type: 'string' }, { type: 'null' }] };
    const size = { type: ['string', 'integer'] };
    const read = (...pairs: string[]) => readParameters(undefined, pairs, { properties: { zip, size } });
    expect(read('zip=1234', 'size=5')).toEqual({ zip: '1234', size: 5 });
    expect(read('zip=null', 'size=true')).toEqual({ zip: null, size: 'true' });
  });

  it('keep the digits of a large integer if the schema wants text, and are refused otherwise', () => {
    const digits = '356686000032329832';
    expect(readParameters(undefined, [`baseUrl=${digits}`, 'limit=9007199254740991'], schema)).toEqual({
      baseUrl: digits,
      limit: 9007199254740991,
    });
    expect(readParameters(undefined, [`limit="${digits}"`], schema)).toEqual({ limit: digits });
    const refusal = (pairs: string[], json?: string) => () => readParameters(json, pairs, schema);
    expect(refusal([`limit=${digits}`])).toThrow(
      `--param: limit is ${digits}. A number of this size would lose digits, so write it as text: --param 'limit="${digits}"'.`,
    );
    expect(refusal([`other=-${digits}`])).toThrow(`other is -${digits}`);
    expect(refusal([`ids=[1,{"id":${digits}}]`])).toThrow(`--param: ids[1].id is ${digits}`);
    expect(refusal([], `{"filter":{"ids":[1,2,3,${digits}]}}`)).toThrow(
      `--params: filter.ids[3] is ${digits}. A number of this size would lose digits, so write it as text: "${digits}".`,
    );
    expect(refusal([], `{"n":1e400}`)).toThrow('--params: n is 1000000');
  });

  it('with a large integer are refused only if the schema is known', () => {
    expect(() => readParameters(undefined, ['id=356686000032329832'], undefined)).not.toThrow();
    expect(() => readParameters(undefined, ['id=356686000032329832'], null)).toThrow('write it as text');
    expect(() => readParameters(undefined, ['id=[356686000032329832]'], undefined)).toThrow('write it as text');
  });

  it('of --param take precedence over those of --params', () => {
    expect(readParameters('{"limit": 1, "full": false}', ['limit=2'], schema)).toEqual({ limit: 2, full: false });
  });

  it.each([
    ['{limit: 1}', [], "--params isn't JSON"],
    ['[1]', [], 'not a list'],
    ['3', [], 'takes a JSON object'],
    [undefined, ['limit'], 'takes name=value'],
    [undefined, ['=1'], 'takes name=value'],
    [undefined, ['{"ok": true}'], 'For a JSON object, use --params.'],
    [undefined, ['{"filter": "a=b"}'], 'For a JSON object, use --params.'],
  ])('are refused if --params is %s and --param is %s', (json, pairs, reason) => {
    expect(() => readParameters(json, pairs, schema)).toThrow(reason);
  });
});
