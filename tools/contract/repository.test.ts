import { describe, expect, it } from 'vitest';

import { checkRef, checkRepository } from './repository.ts';

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

it('a name or a URL that is too long is refused without all of it', () => {
  const long = 'a'.repeat(200_000);
  expect(() => checkRef(long)).toThrow(/^"a{100}…" can't be the name of a branch or a tag: it has more than 1024 characters\.$/);
  expect(() => checkRepository(`https://github.com/${long}`)).toThrow(
    'The URL of github.com has more than 2048 characters. Write, for example, https://github.com/acme/data.git.',
  );
  expect(checkRef('a'.repeat(1024))).toHaveLength(1024);
});
