import { expect, it } from 'vitest';

import { chooseLimit } from './choose-limit.ts';

it.each([
  [undefined, 10e9],
  ['', 10e9],
  ['20', 20e9],
  ['0.5', 0.5e9],
])('a limit of %j is %d bytes', (given, bytes) => {
  expect(chooseLimit({ TRIBUTARY_CODE_LIMIT: given })).toBe(bytes);
});

it.each(['0', '-1', '20GB', 'Infinity', 'none'])('a limit of %j is refused with what to write', (given) => {
  expect(() => chooseLimit({ TRIBUTARY_CODE_LIMIT: given })).toThrow('Write how many GB the code store may have, such as 20.');
});
