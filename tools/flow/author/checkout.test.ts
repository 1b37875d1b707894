import { expect, it } from 'vitest';

import { checkout } from './checkout.ts';

const repository = 'https://github.com/acme/shop';

it.each([
  ['an option as ref', { ref: '--upload-pack=touch /tmp/x' }, "can't be the name of a branch or a tag"],
  ['a path as ref', { ref: '../x' }, "can't be the name of a branch or a tag"],
  ['an empty ref', { ref: '' }, "can't be the name of a branch or a tag"],
  ['a ssh URL', { repository: 'git@github.com:acme/shop.git' }, 'Write https://github.com/acme/shop.git instead'],
  ['a password in the URL', { repository: 'https://me:hunter2@h.org/a' }, 'The URL of h.org/a has a user or a password'],
  ['a local path', { repository: '../shop' }, "isn't a URL"],
  ['a token in place of its name', { token: 'ghp_hunter2HUNTER2' }, 'names a secret, never the token itself'],
  ['a token of an old kind', { token: '1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d' }, 'names a secret, never the token itself'],
  ['a token of Azure', { token: `hunter2${'a5q'.repeat(15)}` }, 'names a secret, never the token itself'],
  ['an unknown option', { branch: 'main' }, 'Unknown option "branch" in checkout().'],
])('%s is refused before anything is fetched', async (_, change, sentence) => {
  const error: unknown = await checkout({ repository, ...change }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'misuse', message: expect.stringContaining(sentence) });
  expect(Object(error).message).not.toMatch(/hunter2|1a2b3c4d5e6f7/i);
});
