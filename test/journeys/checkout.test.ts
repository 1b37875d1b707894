import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openStage, type Stage, token } from '../../tools/code/test-support/stage.ts';
import { type EmbeddedInstallation, install } from '../support/installation.ts';

const files = {
  'ints/one/deployments.ts': `import { deployFactory } from '@tributary/flow';
import { read } from './flows/read.ts';
export const deployment = deployFactory({ name: 'one', flow: read });
`,
  'ints/one/flows/read.ts': `import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, flow } from '@tributary/flow';
import { z } from 'zod';
const parameters = z.object({ repository: z.string(), ref: z.string().optional(), token: z.string().default('shop-token') });
export const read = flow({ name: 'read', parameters }, async ({ repository, ref, token }) => {
  const { dir, commit } = await checkout({ repository, ref, token });
  writeFileSync(join(dir, 'written'), 'here');
  return { dir, commit, text: readFileSync(join(dir, 'models/a.sql'), 'utf8'), env: JSON.stringify(process.env) };
});
`,
};

interface Checkouts {
  readonly on: EmbeddedInstallation;
  readonly git: Stage;
  readonly left: () => string[];
}

async function begin(onTestFinished: (end: () => Promise<void>) => void): Promise<Checkouts> {
  const git = await openStage(onTestFinished);
  const on = await install(files, { TRIBUTARY_CODE_DIR: git.dir });
  onTestFinished(() => on.close());
  await on.command(['secret', 'set', 'shop-token'], { input: token }).ended;
  await on.deploy('one');
  const folder = join(git.dir, 'checkouts');
  return { on, git, left: () => (existsSync(folder) ? readdirSync(folder) : []) };
}

describe('a flow that checks out a repository', { timeout: 60_000 }, () => {
  it("reads a file at the branch's commit in a folder of its own, which is gone afterwards, and never sees the token", async ({
    onTestFinished,
  }) => {
    const { on, git, left } = await begin(onTestFinished);
    const commit = await git.push({ 'models/a.sql': 'select 1' });
    await on.startWorker('w');
    const id = await on.trigger('read/one', { repository: git.url, ref: 'main' });
    const { state } = await on.ended(id);
    expect(state).toMatchObject({ type: 'COMPLETED', data: { value: { commit, text: 'select 1' } } });
    await expect.poll(left).toEqual([]);
    const shown = await on.command(['flow-run', 'inspect', id]).ended;
    const logs = await on.command(['flow-run', 'logs', id]).ended;
    expect(logs.stdout).toContain(`Checked out ${git.url} at ${commit.slice(0, 12)} (main).`);
    expect(JSON.stringify([shown, logs, state])).not.toContain(token);
  });
});
