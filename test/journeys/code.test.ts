import { describe, expect, it } from 'vitest';

import { openCodeStage } from '../support/code-stage.ts';

describe.concurrent.each([
  ['a server with claims', undefined],
  ['a plain Prefect server', []],
])('on %s a run whose code is in a Git repository', (_, features) => {
  it('runs at its commit, after the code was fetched with the token', async ({ onTestFinished }) => {
    const { server, git, ...stage } = await openCodeStage(onTestFinished, features);
    const commit = await stage.push();
    const deployment = stage.deploy(commit);
    await stage.workFromGit();
    const id = server.addRun(deployment, { do: 'complete' });
    const { ticket } = await stage.host(id);
    await stage.until('COMPLETED', () => server.state(id).type === 'COMPLETED');
    expect(server.history(id)).toEqual(['Scheduled', 'Pending', 'Fetching code', 'Submitting', 'Running', 'Completed']);
    expect(ticket.root.startsWith(`${git.dir}/trees/`)).toBe(true);
    expect(ticket).toMatchObject({ cwd: `${ticket.root}/ints/one`, entrypoint: `${ticket.root}/ints/one/flow.ts:work` });
    const name = `commit ${commit.slice(0, 12)} of ${git.url}`;
    await stage.until('its log', () => stage.logged(id).length >= 3);
    expect(stage.logged(id).slice(0, 3)).toEqual([
      `Fetching ${name}.`,
      `Installing the packages of ${name}.`,
      expect.stringMatching(new RegExp(`^Code: ${name} \\(tree [0-9a-f]{12}\\)\\.$`)),
    ]);
  });
});
