import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { FlowRunId } from '@tributary/contract';
import { describe, expect, it } from 'vitest';

import { openStage, type Stage, token } from '../../tools/code/test-support/stage.ts';
import { type EmbeddedInstallation, install } from '../support/installation.ts';
import { start, survivors } from '../support/process.ts';
import { repository } from '../support/workspace.ts';

const deployments = (name: string) => `import { deployFactory } from '@tributary/flow';
import { main } from './flows/main.ts';
export const deployment = deployFactory({ name: '${name}', flow: main });
`;
const files = {
  'ints/one/deployments.ts': deployments('one'),
  'ints/one/flows/main.ts': `import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { checkout, flow, logger, run } from '@tributary/flow';
import { z } from 'zod';
const parameters = z.object({ repository: z.string(), fails: z.boolean().default(false), waits: z.boolean().default(false) });
export const main = flow({ name: 'main', parameters, retries: 1, retryDelay: 1 }, async ({ repository, fails, waits }) => {
  const { dir, commit } = await checkout({ repository, ref: 'main', token: 'shop-token' });
  writeFileSync(join(dir, 'written'), 'here');
  logger.info('it is in ' + dir);
  if (waits) await sleep(60_000, undefined, { signal: run().signal });
  while (fails && !existsSync(join(run().dataDir, 'moved'))) await sleep(50);
  if (fails && run().attempt === 1) throw new Error('at ' + commit);
  return { commit, text: readFileSync(join(dir, 'models/a.sql'), 'utf8'), env: JSON.stringify(process.env).length };
});
`,
  'ints/dbt/deployments.ts': deployments('dbt'),
  'ints/dbt/profiles.yml': `shop: {target: dev, outputs: {dev: {type: duckdb, path: "{{ env_var('TRIBUTARY_DATA_DIR') }}/shop.duckdb", settings: {threads: 1}}}}\n`,
  'ints/dbt/flows/main.ts': `import { dbt } from '@tributary/dbt';
import { checkout, flow } from '@tributary/flow';
import { z } from 'zod';
export const main = flow({ name: 'main', parameters: z.object({ repository: z.string() }) }, async ({ repository }) => {
  const shop = await checkout({ repository, token: 'shop-token' });
  const { nodes } = await dbt({ projectDir: shop.dir, profilesDir: '.' }).build();
  return nodes.map(({ name, status }) => name + ' ' + status);
});
`,
};
const project = {
  'dbt_project.yml': 'name: shop\nprofile: shop\n',
  'seeds/fruits.csv': 'name\napple\n',
  'models/a.sql': "select * from {{ ref('fruits') }}",
};

interface Checkouts {
  readonly on: EmbeddedInstallation;
  readonly git: Stage;
  /** the folders of runs in the store */
  left(): string[];
  /** waits until a run has checked out its repository */
  checkedOut(id: FlowRunId): Promise<void>;
}

async function begin(onTestFinished: (end: () => Promise<void>) => void, integration: string): Promise<Checkouts> {
  const git = await openStage(onTestFinished);
  const on = await install(files, { TRIBUTARY_CODE_DIR: git.dir });
  onTestFinished(() => on.close());
  await on.command(['secret', 'set', 'shop-token'], { input: token }).ended;
  await on.deploy(integration);
  const folder = join(git.dir, 'checkouts');
  return {
    on,
    git,
    left: () => (existsSync(folder) ? readdirSync(folder) : []),
    async checkedOut(id) {
      const find = async () =>
        (await on.client.filterLogs({ body: { logs: { flow_run_id: { any_: [id] } } } })).data.map(({ message }) => message).join('\n');
      await expect.poll(find, { timeout: 30_000, interval: 100 }).toContain('it is in ');
    },
  };
}

describe('a flow that checks out a repository', { timeout: 120_000 }, () => {
  it('has the same commit in its next attempt, although the branch has moved, and nothing ever shows the token', async ({
    onTestFinished,
  }) => {
    const { on, git, left, checkedOut } = await begin(onTestFinished, 'one');
    const commit = await git.push(project);
    await on.startWorker('w');
    const id = await on.trigger('main/one', { repository: git.url, fails: true });
    await checkedOut(id);
    const moved = await git.push({ 'models/a.sql': 'select 2' });
    on.workspace.write('.tributary/data/moved', '');
    const { state } = await on.ended(id, 60);
    expect(state).toMatchObject({ type: 'COMPLETED', data: { value: { commit, text: project['models/a.sql'] } } });
    await expect.poll(left).toEqual([]);
    const shown = await on.command(['flow-run', 'inspect', id]).ended;
    expect(shown.stdout).toMatch(new RegExp(`Checkouts +${git.url} at ${commit.slice(0, 12)} \\(main\\)`));
    const json = await on.command(['flow-run', 'inspect', id, '--json']).ended;
    expect(JSON.parse(json.stdout)).toMatchObject({ run_count: 2, checkouts: [{ repository: git.url, ref: 'main', commit }] });
    const logs = await on.command(['flow-run', 'logs', id]).ended;
    expect(logs.stdout).toContain(`Checked out ${git.url} at ${commit.slice(0, 12)} (main).`);
    expect(JSON.stringify([shown, json, logs])).not.toContain(token);
    const next = await on.trigger('main/one', { repository: git.url });
    expect((await on.ended(next, 60)).state).toMatchObject({ data: { value: { commit: moved, text: 'select 2' } } });
  });

  it('leaves nothing after a kill −9 of its worker and its host, once another worker starts', async ({ onTestFinished }) => {
    const { on, git, left, checkedOut } = await begin(onTestFinished, 'one');
    await git.push(project);
    const worker = await on.startWorker('one');
    const id = await on.trigger('main/one', { repository: git.url, waits: true });
    await checkedOut(id);
    expect(left()).toEqual([expect.stringContaining(id)]);
    const host = Number((await on.read(id)).infrastructure_pid?.split(':').at(-1));
    worker.kill('SIGKILL');
    process.kill(host, 'SIGKILL');
    await worker.ended;
    expect(left()).toHaveLength(1);
    await on.startWorker('two');
    await expect.poll(left, { timeout: 10_000 }).toEqual([]);
  });

  it('removes its folder itself when only its worker is killed', async ({ onTestFinished }) => {
    const { on, git, left, checkedOut } = await begin(onTestFinished, 'one');
    await git.push(project);
    const worker = await on.startWorker('one');
    const id = await on.trigger('main/one', { repository: git.url, waits: true });
    await checkedOut(id);
    const host = Number((await on.read(id)).infrastructure_pid?.split(':').at(-1));
    worker.kill('SIGKILL');
    expect(await survivors([host], 15)).toEqual([]);
    expect(left()).toEqual([]);
  });

  it("runs another team's dbt project with the workspace's dbt and its own profile", async ({ onTestFinished }) => {
    const { on, git, left } = await begin(onTestFinished, 'dbt');
    await git.push(project);
    await on.startWorker('w');
    const id = await on.trigger('main/dbt', { repository: git.url });
    const { state } = await on.ended(id, 90);
    expect(state).toMatchObject({ type: 'COMPLETED', data: { value: ['fruits success', 'a success'] } });
    await expect.poll(left).toEqual([]);
    await git.git('rm', '-q', '--', 'dbt_project.yml');
    await git.push({});
    const failed = await on.trigger('main/dbt', { repository: git.url });
    expect((await on.ended(failed, 60)).state).toMatchObject({
      type: 'FAILED',
      message: expect.stringMatching(/There is no dbt project in .*: dbt_project\.yml is missing/),
    });
  });
});

it(
  'a script without a server checks out into a temporary folder, which goes with the process',
  { timeout: 60_000 },
  async ({ onTestFinished }) => {
    const git = await openStage(onTestFinished);
    const commit = await git.push(project);
    const script = `import { checkout } from '@tributary/flow';
const { dir, commit } = await checkout({ repository: ${JSON.stringify(git.url)}, token: 'shop-token' });
const { readdirSync, writeFileSync } = await import('node:fs');
writeFileSync(dir + '/written', '');
console.log(JSON.stringify({ dir, commit, files: readdirSync(dir).toSorted() }));
`;
    const run = (env: Readonly<Record<string, string>>, text = script) =>
      start(process.execPath, ['--input-type=module', '--eval', text], { cwd: repository, env }).ended;
    const { stdout, stderr } = await run({ TRIBUTARY_SECRET_SHOP_TOKEN: token });
    const found: { readonly dir: string } = JSON.parse(stdout);
    expect(found).toMatchObject({ commit, files: ['dbt_project.yml', 'models', 'seeds', 'written'] });
    expect(existsSync(found.dir)).toBe(false);
    expect(stderr).toContain(`Checked out ${git.url} at ${commit.slice(0, 12)} (default branch).`);
    const wrong = await run({ TRIBUTARY_SECRET_SHOP_TOKEN: 'hunter2' });
    expect(wrong.stderr).toContain(`${git.url} can't be checked out: git says: `);
    expect(wrong.stderr).toContain('Check the URL, and the token in TRIBUTARY_SECRET_SHOP_TOKEN.');
    expect((await run({ TRIBUTARY_SECRET_SHOP_TOKEN: `${token}\n` })).stdout).toContain(commit);
    const missing = await run({ TRIBUTARY_SECRET_SHOP_TOKEN: ' ' });
    expect(missing.stderr).toContain('set TRIBUTARY_SECRET_SHOP_TOKEN in its environment');
    const lost = await run(
      { TRIBUTARY_SECRET_SHOP_TOKEN: token },
      script.replace("token: 'shop-token'", "token: 'shop-token', ref: 'mian'"),
    );
    expect(lost.stderr).toContain('has no branch or tag mian');
    expect(JSON.stringify([stdout, stderr, wrong, missing, lost])).not.toMatch(new RegExp(`${token}|hunter2`));
  },
);

describe('checkouts of a script without a server', { timeout: 60_000 }, () => {
  /** Runs a script in a process whose temporary folder is empty. */
  function open(git: Stage, text: string) {
    const temporary = join(git.folder, 'tmp');
    mkdirSync(temporary, { recursive: true });
    const source = `import { readdirSync } from 'node:fs';
import { checkout } from '@tributary/flow';
const get = () => checkout({ repository: ${JSON.stringify(git.url)} });
${text}`;
    const env = { TMPDIR: temporary };
    return {
      ...start(process.execPath, ['--input-type=module', '--eval', source], { cwd: repository, env }),
      left: () => readdirSync(temporary),
    };
  }

  it('are removed when Ctrl-C ends it', async ({ onTestFinished }) => {
    const git = await openStage(onTestFinished, true);
    await git.push(project);
    const script = open(git, "await get(); console.log('it waits'); setInterval(() => undefined, 1000);");
    await script.printed(/it waits/);
    script.kill('SIGINT');
    expect(await script.ended).toMatchObject({ signal: 'SIGINT' });
    expect(script.left()).toEqual([]);
  });

  it('may be many, and one that fails leaves nothing', async ({ onTestFinished }) => {
    const git = await openStage(onTestFinished, true);
    await git.push(project);
    const many = await open(git, 'for (let count = 0; count < 12; count += 1) await get();').ended;
    expect(many.stderr).not.toContain('MaxListenersExceededWarning');
    await git.push({}, { leaves: '/etc/hostname' });
    const failed = await open(git, 'await get().catch((error) => console.log(error.message, readdirSync(process.env.TMPDIR)));').ended;
    expect(failed.stdout).toBe(
      `leaves in ${git.url} is a symbolic link that leaves the repository. A run only reads what its commit has: replace the link by the file. []\n`,
    );
  });
});
