import type { DeploymentChange } from '@tributary/contract/routes/apply';
import { expect, it } from 'vitest';

import { toParts } from './to-parts.ts';

const put = (description: string, schedules = 0): { readonly change: DeploymentChange } => ({
  change: {
    change: 'put',
    flow: 'load',
    seen: null,
    deployment: { name: 'nightly', description, schedules: Array.from({ length: schedules }, () => ({ schedule: { interval: 60 } })) },
  },
});
const sizes = (changes: Parameters<typeof toParts>[0]) => toParts(changes).map(({ length }) => length);

it('splits changes into parts of at most 200 changes, 1,000 schedules and four megabytes, in their order', () => {
  const small = Array.from({ length: 450 }, (_, index) => put(String(index)));
  expect(sizes(small)).toEqual([200, 200, 50]);
  expect(toParts(small).flat()).toEqual(small);
  expect(sizes([put('', 600), put('', 400), put('', 1), put('', 2000), put('')])).toEqual([2, 1, 1, 1]);
  const large = put('ä'.repeat(1024 * 1024));
  expect(sizes([large, large, large])).toEqual([1, 1, 1]);
  expect(sizes([put('x'.repeat(9_000_000)), put('')])).toEqual([1, 1]);
  expect(sizes([])).toEqual([]);
});
