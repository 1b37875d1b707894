import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type GitWorkspace, pushWorkspace } from '../support/git-workspace.ts';
import { type EmbeddedInstallation, install } from '../support/installation.ts';

const deployments = `import { deployFactory, flow } from '@tributary/flow';
import { size } from '../shared/size.ts';
export const load = flow({ name: 'load' }, async () => size);
export const nightly = deployFactory({ name: 'nightly', flow: load, cron: '0 5 * * *' });
`;

describe('a deploy that stores code in git', () => {
  let on: EmbeddedInstallation;
  let repository: GitWorkspace;

  beforeAll(async () => {
    on = await install({ 'ints/shop/deployments.ts': deployments, 'ints/shared/size.ts': 'export const size = 1;\n' });
    repository = await pushWorkspace(on);
  });
  afterAll(async () => {
    await repository?.close();
    await on?.close();
  });

  const live = async () => (await on.client.readDeploymentByName({ path: { flow: 'load', deployment: 'nightly' } })).data;

  it('has a step with the commit and the folders of the code', async () => {
    const commit = repository.git('rev-parse', 'HEAD');
    const ended = await repository.command('deploy', '--storage', 'git').ended;
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('1 created') });
    expect(await live()).toMatchObject({
      path: 'ints/shop',
      entrypoint: 'deployments.ts:load',
      version: commit,
      labels: { 'tributary.commit': commit },
      pull_steps: [
        {
          'prefect.deployments.steps.git_clone': {
            repository: repository.remote.url,
            commit_sha: commit,
            directories: ['ints/shared', 'ints/shop'],
          },
        },
      ],
    });
  });
});
