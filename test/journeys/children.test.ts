import { afterAll, beforeAll } from 'vitest';

import { familyFiles, testFamilies } from '../support/families.ts';
import { type EmbeddedInstallation, install } from '../support/installation.ts';

let on: EmbeddedInstallation;
beforeAll(async () => {
  on = await install(familyFiles);
  await on.deploy('family');
  await on.startWorker('family', ['--limit', '16']);
});
afterAll(() => on?.close());

testFamilies(() => on, 25);
