import { afterAll, beforeAll, expect, it } from 'vitest';

import { sayOn } from '../../test-support/say.ts';
import { createStage, type Stage } from '../../test-support/stage.ts';

let on: Stage;
beforeAll(async () => {
  on = await createStage();
});
afterAll(() => on.close());
const { text, json, refusal } = sayOn(() => on);

it('schedules are listed, paused and resumed one by one or all, and keep their parameters', async () => {
  await on.deploy('export', 'products', {
    schedules: [
      { slug: 'nightly', schedule: { cron: '0 0 * * *', timezone: 'Europe/Vienna' }, parameters: { limit: 7 } },
      { slug: 'often', schedule: { interval: 900 } },
    ],
  });
  await on.deploy('export', 'once');
  const listed = await text('deployment', 'schedule', 'ls', 'export/products');
  expect(listed).toMatch(/nightly +0 0 \* \* \* Europe\/Vienna +yes +\{"limit":7\}/);
  expect(listed).toMatch(/often +every 15m/);
  expect(await text('deployment', 'schedule', 'pause', 'export/products', 'nightly')).toContain('Paused schedule nightly');
  expect(await json('deployment', 'schedule', 'ls', 'export/products')).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ slug: 'nightly', active: false, parameters: { limit: 7 } }),
      expect.objectContaining({ slug: 'often', active: true }),
    ]),
  );
  const { code, stderr } = await on.command(['deployment', 'schedule', 'resume', 'export/products']);
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/has 2 schedules: name one \((nightly, often|often, nightly)\), or give --all/),
  ]);
  expect(await json('deployment', 'schedule', 'pause', 'export/products', '--all')).toMatchObject([{ active: false }, { active: false }]);
  expect(await refusal('deployment', 'schedule', 'resume', 'export/products', 'nightli')).toContain('Did you mean nightly?');
  expect(await refusal('deployment', 'schedule', 'resume', 'export/products', 'nosuch')).toMatch(
    /^export\/products has no schedule "nosuch"\. Its schedules are (nightly, often|often, nightly)\.\n$/,
  );
  expect(await refusal('deployment', 'schedule', 'pause', 'export/once')).toBe('export/once has no schedules.\n');
});
