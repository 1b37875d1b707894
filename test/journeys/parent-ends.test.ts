import { afterAll, beforeAll } from 'vitest';

import { type EmbeddedInstallation, install } from '../support/installation.ts';
import { parentEndFiles } from '../support/parent-end-flows.ts';
import { testParentEnds } from '../support/parent-ends.ts';

let on: EmbeddedInstallation;
beforeAll(async () => {
  on = await install(parentEndFiles('3s'));
  await on.deploy('ends');
  await on.startWorker('ends', ['--limit', '24']);
});
afterAll(() => on?.close());

testParentEnds(() => on, { seconds: 40, leaves: true });
