import { afterAll, beforeAll, expect, it } from 'vitest';

import { openStage, token } from '../../tools/code/test-support/stage.ts';
import { installOn } from '../support/installation.ts';
import { type Prefect, startPrefect } from '../support/prefect/server.ts';

let prefect: Prefect;
beforeAll(async () => {
  prefect = await startPrefect();
});
afterAll(() => prefect?.stop());

const files = {
  'ints/one/deployments.ts': `import { deployFactory } from '@tributary/flow';
import { main } from './flows/main.ts';
export const deployment = deployFactory({ name: 'one', flow: main });
`,
  'ints/one/flows/main.ts': `import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, flow, run } from '@tributary/flow';
import { z } from 'zod';
export const main = flow({ name: 'checks out', parameters: z.object({ repository: z.string() }) }, async ({ repository }) => {
  const { dir, commit } = await checkout({ repository, ref: 'main', token: 'shop-token' });
  if (run().attempt === 1) throw new Error('at ' + commit);
  return { commit, text: readFileSync(join(dir, 'a'), 'utf8') };
});
`,
};

it('a run that is retried in another process checks out the same commit, although the branch has moved', async ({ onTestFinished }) => {
  const git = await openStage(onTestFinished);
  const on = await installOn({ TRIBUTARY_API_URL: prefect.url, TRIBUTARY_CODE_DIR: git.dir }, files);
  onTestFinished(() => on.close());
  const stored = await on.command(['secret', 'set', 'shop-token'], { input: token }).ended;
  expect([stored.code, stored.stderr]).toEqual([0, '']);
  await on.deploy('one');
  await on.startWorker('w');
  const commit = await git.push({ a: '1' });
  const id = await on.trigger('checks out/one', { repository: git.url });
  expect((await on.ended(id, 60)).state).toMatchObject({ type: 'FAILED', message: expect.stringContaining(`at ${commit}`) });
  await git.push({ a: '2' });
  const retried = await on.command(['flow-run', 'retry', id]).ended;
  expect([retried.code, retried.stderr]).toEqual([0, '']);
  await on.until(id, ['COMPLETED'], 60);
  expect((await on.read(id)).state).toMatchObject({ data: { value: { commit, text: '1' } } });
  const shown = await on.command(['flow-run', 'inspect', id]).ended;
  expect(shown.stdout).toMatch(new RegExp(`Checkouts +${git.url} at ${commit.slice(0, 12)} \\(main\\)`));
});
