import { describe, expect, it } from 'vitest';

import { checkRef, checkRepository, commitIn } from './repository.ts';

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

it.each(['https://github.com/acme/data.git', 'http://git.intern/acme/data.git', 'http://127.0.0.1:8080/acme/data.git'])(
  '%s may be the URL of a repository',
  (url) => {
    expect(checkRepository(`${url}/`)).toBe(url);
  },
);

it.each([
  ['ftp://h/a', 'begins with ftp:'],
  ['data.git', "isn't a URL"],
])('%s is refused as the URL of a repository', (url, fault) => {
  expect(() => checkRepository(url)).toThrow(
    `A repository's URL begins with https://, or with http:// in a network that you trust. This one ${fault}. Write, for example, https://github.com/acme/data.git.`,
  );
});

it.each([
  ['HEAD', 'https://h/a is empty, or its default branch does not exist. Push a branch to it, or name one that is there.'],
  ['refs/heads/main', 'https://h/a has no branch or tag refs/heads/main, or nothing was pushed to it yet. Did you mean main?'],
  ['origin/x/y', 'https://h/a has no branch or tag origin/x/y, or nothing was pushed to it yet. Did you mean x/y?'],
  ['refs/tags/v1', 'https://h/a has no branch or tag refs/tags/v1, or nothing was pushed to it yet. Did you mean v1?'],
  ['A'.repeat(40), `https://h/a has no branch or tag ${'A'.repeat(40)}. If it is a commit, write it in lowercase letters.`],
  ['1a2b3c4', 'https://h/a has no branch or tag 1a2b3c4. If it is a commit, name all 40 hexadecimal digits.'],
  ['mian', 'https://h/a has no branch or tag mian, or nothing was pushed to it yet. Check the name, or push the branch.'],
])('%s, which a repository lacks, is refused with what to write', (ref, message) => {
  expect(() => commitIn('', 'https://h/a', ref)).toThrow(
    new RegExp(`^${message.replaceAll('.', String.raw`\.`).replaceAll('?', String.raw`\?`)}$`),
  );
});
