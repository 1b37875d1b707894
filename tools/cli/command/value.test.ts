import { describe, expect, it } from 'vitest';

import { apiAddress, commaList, duration, moment, port, repeated, wholeNumber } from './value.ts';

describe('values on the command line', () => {
  it('reads durations with and without a unit as seconds', () => {
    expect(['90', '90s', '1.5m', '2h', '1d', '500ms'].map(duration)).toEqual([90, 90, 90, 7200, 86_400, 0.5]);
    for (const wrong of ['', 'soon', '5 weeks', '-1s']) expect(() => duration(wrong)).toThrow('with a unit');
  });

  it('reads a moment as local time unless it has an offset', () => {
    expect(moment('2026-11-22T08:00:00Z')).toBe(Date.UTC(2026, 10, 22, 8));
    expect(moment('2026-11-22 08:00')).toBe(new Date(2026, 10, 22, 8).getTime());
    expect(moment('2026-11-22')).toBe(new Date(2026, 10, 22).getTime());
    for (const wrong of ['tomorrow', '5', '2026-13-40']) expect(() => moment(wrong)).toThrow('moment');
  });

  it('reads whole numbers and ports in their bounds', () => {
    expect(wholeNumber(0)('0')).toBe(0);
    for (const wrong of ['', '-1', '1.5', 'x', '1e3']) expect(() => wholeNumber(0)(wrong)).toThrow('whole number');
    expect(port('0')).toBe(0);
    for (const wrong of ['65536', '-1', '']) expect(() => port(wrong)).toThrow('65535');
  });

  it('takes the URL of an API, and suggests the scheme if it is missing', () => {
    expect(apiAddress('https://flows.test/api')).toBe('https://flows.test/api');
    for (const wrong of ['127.0.0.1:34115/api', 'localhost:4200', '[::1]:4200/api'])
      expect(() => apiAddress(wrong)).toThrow(`begins with http:// or https://, such as http://${wrong}.`);
    for (const wrong of ['api', 'ftp://127.0.0.1/api', 'http://'])
      expect(() => apiAddress(wrong)).toThrow('such as http://127.0.0.1:4200/api.');
  });

  it('collects repeated values and lists with commas', () => {
    expect(repeated('b', ['a'])).toEqual(['a', 'b']);
    expect(commaList('b, c,', ['a'])).toEqual(['a', 'b', 'c']);
  });
});
