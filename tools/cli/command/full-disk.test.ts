import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';

import { createStage, type Stage } from '../test-support/stage.ts';

let on: Stage;
beforeAll(async () => {
  on = await createStage({ maximumPages: 150 });
});
afterAll(() => on.close());

it('a server whose disk is full refuses a run without storing a part of it, says why, and still answers', async () => {
  await on.deploy('export', 'large');
  // The command repeats its request for 30 s, which this clock makes shorter.
  const now = performance.now.bind(performance);
  const began = now();
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => began + 15 * (now() - began));
  onTestFinished(() => clock.mockRestore());
  const run = await on.command(['deployment', 'run', 'export/large', '--params', '-'], {
    input: JSON.stringify({ text: 'x'.repeat(500_000) }),
  });
  expect([run.code, run.stdout]).toEqual([1, '']);
  expect(run.stderr).toMatch(/can't write its database: .*full.*Nothing of this request was stored/);
  expect(performance.now() - began).toBeGreaterThan(25_000);
  expect((await on.command(['flow-run', 'ls', '--json'])).stdout).toBe('[]\n');
});
