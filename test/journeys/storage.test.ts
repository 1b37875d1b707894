import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { plan as planNoun } from '@tributary/contract/nouns/plan';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type GitWorkspace, pushWorkspace } from '../support/git-workspace.ts';
import { type EmbeddedInstallation, install } from '../support/installation.ts';
import { nx, start } from '../support/process.ts';

const deployments = `import { deployFactory, flow } from '@tributary/flow';
import { size } from '../shared/size.ts';
export const load = flow({ name: 'load' }, async () => size);
export const nightly = deployFactory({ name: 'nightly', flow: load, cron: '0 5 * * *' });
`;
/** Applies a deployment that no deployments.ts declares. Its flow stands in a file beside it. */
const script = `import { deployFactory } from '@tributary/flow';
import { once } from './once.ts';
const stored = await deployFactory({ name: 'once', flow: once }).apply().catch((error) => error.message);
console.log(typeof stored === 'string' ? stored : stored.version);
`;
const once = (version: number) => `import { flow } from '@tributary/flow';
export const once = flow({ name: 'once' }, async () => ${version});
`;

/** Prints the modules of the code store that a command loads. */
const printLoads = `--import=data:text/javascript,${encodeURIComponent(
  `import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) {
  if (url.includes('/tools/code/')) process.stderr.write('loads ' + url.slice(url.indexOf('/tools/code/')) + '\\n');
  return next(url, context);
} });`,
)}`;

describe('a deploy that stores code in git', () => {
  let on: EmbeddedInstallation;
  let repository: GitWorkspace;

  beforeAll(async () => {
    on = await install({
      'package-lock.json': '{"lockfileVersion": 3, "packages": {}}',
      'ints/shop/deployments.ts': deployments,
      'ints/shared/size.ts': 'export const size = 1;\n',
      'scripts/apply.ts': script,
      'scripts/once.ts': once(1),
    });
    repository = await pushWorkspace(on);
  });
  afterAll(async () => {
    await repository?.close();
    await on?.close();
  });

  const live = async () => (await on.client.readDeploymentByName({ path: { flow: 'load', deployment: 'nightly' } })).data;
  const head = () => repository.git('rev-parse', 'HEAD');
  const scheduled = async () => {
    const deployment = { id: { any_: [(await live()).id] } };
    return (await on.client.filterFlowRuns({ body: { deployments: deployment } })).data.map(({ id }) => id).toSorted();
  };
  const command = (...args: readonly string[]) => repository.command(...args).ended;

  it('has a step with the commit and the folders of the code, and keeps the scheduled runs until the code changes', async () => {
    const commit = head();
    expect(await command('deploy', '--storage', 'git')).toMatchObject({ code: 0, stdout: expect.stringContaining('1 created') });
    const step = { repository: repository.remote.url, commit_sha: commit, directories: ['ints/shared', 'ints/shop'] };
    expect(await live()).toMatchObject({
      path: 'ints/shop',
      entrypoint: 'deployments.ts:load',
      version: commit,
      labels: { 'tributary.commit': commit },
      pull_steps: [{ 'prefect.deployments.steps.git_clone': step }],
    });
    await expect.poll(scheduled, { timeout: 20_000 }).not.toEqual([]);
    const before = [await live(), await scheduled()];
    repository.push({ 'README.md': '# Other\n' });
    expect((await command('deploy', '--storage', 'git')).stdout).toContain('0 created, 0 updated, 1 unchanged.');
    expect([await live(), await scheduled()]).toEqual(before);

    const next = repository.push({ 'ints/shared/size.ts': 'export const size = 2;\n' });
    const changed = await command('deploy', '--storage', 'git');
    expect(changed.stdout).toContain(
      `  ~ update load/nightly (code changed)\n      commit: ${commit.slice(0, 12)} → ${next.slice(0, 12)}\n\n`,
    );
    expect(await live()).toMatchObject({ version: next });
    const { id } = await live();
    const run = (await on.client.createFlowRunFromDeployment({ path: { id }, body: {} })).data;
    expect(run.deployment_version).toBe(next);
  });

  it('loads the code store only if code has to be fetched', async () => {
    const loads = async (storage: string): Promise<string[]> => {
      const env = { TRIBUTARY_CODE_DIR: repository.remote.store, NODE_OPTIONS: printLoads };
      const { stderr } = await on.command(['plan', '--storage', storage, '--json'], { env }).ended;
      return stderr.match(/(?<=^loads ).*/gm) ?? [];
    };
    expect(await loads('folder')).toEqual([]);
    expect(await loads('git')).toEqual([]);
  });

  it('says in one line that deployments move to the folder, and back', async () => {
    const planned = await command('plan');
    expect(planned.stdout).toContain(
      `~ 1 deployment moves to folder ${on.workspace.root} (deployed from commit ${head().slice(0, 12)} of ${repository.remote.url})\n`,
    );
    expect(planned.stdout).not.toContain('pull_steps');
    const markdown = await command('plan', '--markdown');
    expect(markdown.stdout).toContain(`- 1 deployment moves to <code>folder ${on.workspace.root.replaceAll('_', '&#95;')}</code>`);
  });

  it('does what a saved plan says, also about the storage', async () => {
    repository.push({ 'ints/shared/size.ts': 'export const size = 3;\n' });
    const file = join(on.workspace.root, '.tributary', 'plan.json');
    const planned = await command('plan', '--storage', 'git', '--out', file, '--json');
    expect(planNoun.parse(JSON.parse(planned.stdout))).toMatchObject({ storage: 'git', tally: { update: 1 } });
    expect(await command('deploy', '--plan', file)).toMatchObject({ code: 0 });
    expect(await live()).toMatchObject({ version: head() });
  });

  it('refuses code that is not pushed, and says what it would have done', async () => {
    const before = await live();
    repository.commit({ 'ints/shared/size.ts': 'export const size = 4;\n' });
    const refused = await command('deploy', '--storage', 'git');
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('it was never pushed') });
    expect(refused.stdout).toContain('! refused load/nightly: nothing was sent');
    expect(await live()).toEqual(before);
    repository.git('push', '-q', repository.remote.folder, 'HEAD:main');
  });

  it('is what .apply() in a script does too, if nx.json has the storage', async () => {
    const env = { TRIBUTARY_API_URL: on.url, TRIBUTARY_CODE_DIR: repository.remote.store };
    const apply = async (name = 'apply'): Promise<string> =>
      (
        await start(process.execPath, [join(on.workspace.root, 'scripts', `${name}.ts`)], { cwd: on.workspace.root, env }).ended
      ).stdout.trim();
    const settings = readFileSync(join(on.workspace.root, 'nx.json'), 'utf8').replace('"tributary":{', '"tributary":{"storage":{},');
    const first = repository.push({ 'nx.json': settings });
    expect(await apply()).toBe(first);
    expect((await on.client.readDeploymentByName({ path: { flow: 'once', deployment: 'once' } })).data).toMatchObject({
      path: 'scripts',
      pull_steps: [{ 'prefect.deployments.steps.git_clone': { commit_sha: first, directories: ['scripts'] } }],
    });
    repository.push({ 'README.md': '# Another\n' });
    expect(await apply()).toBe(first);
    const second = repository.push({ 'scripts/once.ts': once(2) });
    expect(await apply()).toBe(second);
    on.workspace.write('scripts/again.ts', script);
    expect(await apply('again')).toContain('scripts/again.ts');
  });

  it('is the default once nx.json has the storage, also of the targets of Nx, whose option wins', async () => {
    const env = { TRIBUTARY_API_URL: on.url, TRIBUTARY_CODE_DIR: repository.remote.store };
    const runNx = async (...args: readonly string[]) => (await nx(args, { cwd: on.workspace.root, env }).ended).stdout;
    expect(await runNx('run', 'ints-shop:plan')).toContain('~ update load/nightly (code changed)\n    commit: ');
    expect(await runNx('run', 'ints-shop:deploy', '--storage=folder')).toContain('1 deployment moves to folder');
    expect((await command('plan')).stdout).toContain('~ 1 deployment moves to commit ');
  });
});
