import { createClient } from '@tributary/contract/client';
import { routes } from '@tributary/contract/routes';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { checkMergeOn } from '../../tools/plan/test-support/check-merge.ts';
import { type Prefect, startPrefect } from '../support/prefect/server.ts';

let prefect: Prefect;

beforeAll(async () => {
  prefect = await startPrefect();
});
afterAll(async () => {
  await prefect?.stop();
});

it('what people changed on a Prefect server survives each deploy, and what belongs to the code is set back', async () => {
  await expect(checkMergeOn(createClient(routes, { url: prefect.url, patience: 30 }))).resolves.toBeUndefined();
});
