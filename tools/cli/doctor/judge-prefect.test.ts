import { expect, it } from 'vitest';

import { judgePrefect } from './judge-prefect.ts';

const place = 'http://127.0.0.1:4200/api (a Prefect server)';

it.each(['3.8.8', '3.8.9.dev1'])('Prefect %s is what the tests run against', (version) => {
  expect(judgePrefect(version, place)).toEqual({ name: 'server', ok: true, detail: `Prefect ${version} at ${place}` });
});

it.each([
  ['3.9.0', true, /newer than Prefect 3\.8\.8.*may not understand/],
  ['3.4.25', true, /older than Prefect 3\.8\.8/],
  ['2.20.4', false, /Use Prefect 3\.8\.8/],
  ['4.0.0', false, /Use Prefect 3\.8\.8/],
  [undefined, true, /Tested with/],
])('Prefect %s gets advice', (version, ok, advice) => {
  const found = judgePrefect(version, place);
  expect(found).toMatchObject({ ok, advice: expect.stringMatching(advice) });
  expect(found.detail).toContain(place);
});
