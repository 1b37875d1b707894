import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type GitWorkspace, pushWorkspace } from '../support/git-workspace.ts';
import { eventually } from '../support/eventually.ts';
import { installOnPrefect, type Installation } from '../support/prefect/installation.ts';
import { type Prefect, startPrefect } from '../support/prefect/server.ts';

const token = 'github_pat_11SECRET';
const deployments = `import { deployFactory, flow } from '@tributary/flow';
import { size } from '../shared/size.ts';
export const load = flow({ name: 'stored' }, async () => size);
export const nightly = deployFactory({ name: 'nightly', flow: load, cron: '0 5 * * *' });
`;

/** Runs the pull steps of a deployment as Prefect's own worker does, and prints the folder in which a run would start. */
const pull = `import asyncio
from prefect.client.orchestration import get_client
from prefect.deployments.steps.core import run_steps
async def main():
    async with get_client() as client:
        deployment = await client.read_deployment_by_name("stored/nightly")
    print("folder " + (await run_steps(deployment.pull_steps, {}))["directory"])
asyncio.run(main())
`;

describe('code stored in git, on a real Prefect server', () => {
  let prefect: Prefect;
  let on: Installation;
  let repository: GitWorkspace;

  beforeAll(async () => {
    prefect = await startPrefect();
    on = await installOnPrefect(prefect, {
      'package-lock.json': '{"lockfileVersion": 3, "packages": {}}',
      'ints/shop/deployments.ts': deployments,
      'ints/shared/size.ts': 'export const size = 1;\n',
      'nx.json': JSON.stringify({ tributary: { workspace: 'test/workspace', storage: { token: 'github-access-token' } } }),
    });
    repository = await pushWorkspace(on, token);
  });
  afterAll(async () => {
    await repository?.close();
    await on?.close();
    await prefect?.stop();
  });

  const deploy = () => repository.command('deploy').ended;
  const live = async () => (await on.client.readDeploymentByName({ path: { flow: 'stored', deployment: 'nightly' } })).data;
  const scheduled = async (): Promise<string[]> => {
    const { id } = await live();
    const { data } = await on.client.filterFlowRuns({ body: { deployments: { id: { any_: [id] } } } });
    return data.map((run) => run.id).toSorted();
  };

  it('has the step with the name of the secret, and unchanged code keeps its commit and its scheduled runs', async () => {
    const refused = await deploy();
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('npx tributary secret set github-access-token')]);
    expect(await on.command(['secret', 'set', 'github-access-token'], { input: token }).ended).toMatchObject({ code: 0 });

    const commit = repository.git('rev-parse', 'HEAD');
    const deployed = await deploy();
    expect([deployed.code, deployed.stdout]).toEqual([0, expect.stringContaining('1 created')]);
    expect(deployed.stdout + deployed.stderr).not.toContain(token);
    const first = await live();
    expect(first).toMatchObject({
      version: commit,
      labels: { 'tributary.commit': commit },
      pull_steps: [
        {
          'prefect.deployments.steps.git_clone': {
            repository: repository.remote.url,
            commit_sha: commit,
            directories: ['ints/shared', 'ints/shop'],
            access_token: '{{ prefect.blocks.secret.github-access-token }}',
          },
        },
      ],
    });
    const runs = await eventually(scheduled, (ids) => ids.length > 0, 90);

    repository.commit({ 'README.md': '# Not pushed, and not needed\n' });
    expect((await deploy()).stdout).toContain('0 created, 0 updated, 1 unchanged.');
    expect(await live()).toEqual(first);
    expect(await scheduled()).toEqual(expect.arrayContaining(runs));

    const next = repository.push({ 'ints/shared/size.ts': 'export const size = 2;\n' });
    expect((await deploy()).stdout).toContain(`      commit: ${commit.slice(0, 12)} → ${next.slice(0, 12)}\n`);
    expect(await live()).toMatchObject({ version: next, labels: { 'tributary.commit': next } });
    const { data: run } = await on.client.createFlowRunFromDeployment({ path: { id: first.id }, body: {} });
    expect(run.deployment_version).toBe(next);
  });

  it("is pulled by Prefect's own worker too, so that Python flows can stand in the same repository", async ({ onTestFinished }) => {
    const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-pull-')));
    onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
    // Prefect sends a token by https only, and this git server has no https.
    const header = `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
    const env = { HOME: cwd, GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'http.extraHeader', GIT_CONFIG_VALUE_0: header };
    const pulled = await prefect.python(['-c', pull], { cwd, env }).ended;
    const folder = /^folder (.*)$/m.exec(pulled.stdout)?.[1];
    expect({ folder, printed: pulled.stderr }).toEqual({ folder: expect.any(String), printed: expect.any(String) });
    expect(readdirSync(join(cwd, folder ?? '', 'ints')).toSorted()).toEqual(['shared', 'shop']);
  });
});
