import { expect, it } from 'vitest';

import { hideSecret, masked } from './secret-mask.ts';

it('a value is masked as it is, inside JSON and inside a URL, and the longer of two first', () => {
  hideSecret('a"b c');
  hideSecret('token');
  hideSecret('token-and-more');
  expect(masked('a"b c')).toBe('********');
  expect(masked(JSON.stringify({ key: 'a"b c' }))).toBe('{"key":"********"}');
  expect(masked('?key=a%22b%20c')).toBe('?key=********');
  expect(masked('token-and-more, token')).toBe('********, ********');
});

it('each long line of a key of several lines is masked, an empty one masks nothing', () => {
  hideSecret('-----BEGIN KEY-----\nMIIEvQIBADANBg\n');
  hideSecret('');
  hideSecret('  ');
  expect(masked('line: MIIEvQIBADANBg')).toBe('line: ********');
  expect(masked('nothing  to hide')).toBe('nothing  to hide');
});
