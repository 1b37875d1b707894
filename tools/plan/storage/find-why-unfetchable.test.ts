import { TributaryError } from '@tributary/contract/error';
import { expect, it } from 'vitest';

import { findWhyUnfetchable, type Token } from './find-why-unfetchable.ts';

const place = { repository: 'https://github.com/acme/data.git', commit: '1a2b3c4d5e6f'.padEnd(40, '0'), token: 'github' };
const refusal = (status: number) => ({ facts: { status, call: place.repository, reason: '' } });

it.each<[what: string, thrown: TributaryError, command: string | null]>([
  ['a commit that was not pushed', new TributaryError('not_found', 'Push it.', refusal(200)), 'git push'],
  ['a repository that does not exist', new TributaryError('not_found', 'No repository.', refusal(404)), null],
  ['a server that is away', new TributaryError('unreachable', 'Check the network.'), null],
  ['a store that can not be used', new TributaryError('misuse', 'Set TRIBUTARY_CODE_DIR.'), null],
])('says why, and what to do: %s', async (_, thrown, command) => {
  const asked: unknown[] = [];
  const found = await findWhyUnfetchable(place, {
    confirm: async (...args) => {
      asked.push(args);
      throw thrown;
    },
    readToken: async () => ({ value: 'ghs_1', isStored: true }),
    options: {},
    deploys: true,
    announce: (line) => void asked.push(line),
  });
  const { repository, commit } = place;
  expect(asked).toEqual([
    `Checking that workers can fetch commit 1a2b3c4d5e6f of ${repository}`,
    [{ repository, commit }, { token: 'ghs_1' }],
  ]);
  expect(found).toMatchObject([{ code: 'unfetchable_commit', command, message: expect.stringContaining(thrown.message) }]);
});

it.each<[what: string, token: Token, codes: readonly string[], message: string]>([
  ['is nowhere', { value: undefined, isStored: false }, ['missing_secret'], 'npx tributary secret set github'],
  ['can only be read by others', { value: undefined, isStored: true }, ['unfetchable_commit'], 'Set TRIBUTARY_SECRET_GITHUB'],
])('asks no server without the token: it %s', async (_, token, codes, message) => {
  const found = await findWhyUnfetchable(place, {
    confirm: () => Promise.reject(new Error('asked')),
    readToken: async () => token,
    options: {},
    deploys: true,
    announce: () => undefined,
  });
  expect(found.map(({ code }) => code)).toEqual(codes);
  expect(found[0]?.message).toContain(message);
});
