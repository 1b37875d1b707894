import { expect, it } from 'vitest';

import { recent } from './recent.ts';

it('computes a result again once enough other keys were asked for', () => {
  const computed: string[] = [];
  const upper = recent((key: string) => {
    computed.push(key);
    return key.toUpperCase();
  }, 2);
  expect(['a', 'b', 'a', 'c', 'a', 'b'].map(upper)).toEqual(['A', 'B', 'A', 'C', 'A', 'B']);
  expect(computed).toEqual(['a', 'b', 'c', 'b']);
});
