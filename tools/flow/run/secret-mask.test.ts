import { expect, it } from 'vitest';

import { hideSecret, masked } from './secret-mask.ts';

it('a secret is masked as plain text, in JSON and in a URL, and the longer of two secrets comes first', () => {
  hideSecret('a"b c');
  hideSecret('token');
  hideSecret('token-and-more');
  expect(masked('a"b c')).toBe('********');
  expect(masked(JSON.stringify({ key: 'a"b c' }))).toBe('{"key":"********"}');
  expect(masked('?key=a%22b%20c')).toBe('?key=********');
  expect(masked('token-and-more, token')).toBe('********, ********');
});

it('each long line of a secret of several lines is masked, and an empty secret masks nothing', () => {
  hideSecret('-----BEGIN KEY-----\nMIIEvQIBADANBg\n');
  hideSecret('');
  hideSecret('  ');
  expect(masked('line: MIIEvQIBADANBg')).toBe('line: ********');
  expect(masked('nothing  to hide')).toBe('nothing  to hide');
});
