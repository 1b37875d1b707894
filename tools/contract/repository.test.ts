import { describe, expect, it } from 'vitest';

import { checkRef } from './repository.ts';

describe('the name of a branch or a tag', () => {
  it.each(['--upload-pack=touch x', '../x', '/x', 'a..b', 'a b', 'a*', 'a\n', 'x.lock', '@{-1}', 'a:b', '', '.x', 'a/', 'a/.b', '@'])(
    '%j is refused, because it cannot be a name',
    (ref) => {
      expect(() => checkRef(ref)).toThrow("can't be the name of a branch or a tag. Write, for example, main.");
    },
  );

  it.each(['main', 'feature/x-1', 'v1.2.3', 'x@y', 'größe'])('%j may be a name', (ref) => {
    expect(checkRef(ref)).toBe(ref);
  });
});
