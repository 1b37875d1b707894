import { expect, it } from 'vitest';

import { checkRef } from '../repository.ts';
import { checkoutLabel, checkoutsOf, checkoutValue, nameOfCheckout } from './checkout.ts';

const repository = 'https://github.com/acme/shop';
const commit = '1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d';

it('what a run checked out is read from its labels', () => {
  const [main, tagged] = [
    { repository, ref: 'main', commit },
    { repository, ref: 'v1/größe', commit },
  ];
  const labels = { [`${checkoutLabel}1`]: checkoutValue(main), [`${checkoutLabel}2`]: checkoutValue(tagged), 'tributary.worker': 'w' };
  expect(checkoutsOf(labels)).toEqual([main, tagged]);
});

it.each(['a\u3000b', 'a\u00a0b', 'a\u2028b', '\ufeffa', '🚀'])('the branch %j is read from a label as it was written', (ref) => {
  const one = { repository, ref: checkRef(ref), commit };
  expect(checkoutsOf({ [`${checkoutLabel}1`]: checkoutValue(one) })).toEqual([one]);
});

it.each([
  [null],
  [undefined],
  [{}],
  [{ [`${checkoutLabel}1`]: 'main' }],
  [{ [`${checkoutLabel}1`]: `${commit} main` }],
  [{ other: `${commit} a b` }],
])('labels %j name no checkout', (labels) => expect(checkoutsOf(labels)).toEqual([]));

it.each([
  ['main', `${repository} at 1a2b3c4d5e6f (main)`],
  ['HEAD', `${repository} at 1a2b3c4d5e6f (default branch)`],
  [commit, `${repository} at 1a2b3c4d5e6f`],
])('a checkout of %s is named with its commit', (ref, name) => {
  expect(nameOfCheckout({ repository, ref, commit })).toBe(name);
});
