import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openStage, writeTree } from '../test-support/stage.ts';

describe.concurrent('a run whose deployment', () => {
  it.for<[string, (root: string) => object, (root: string) => string]>([
    [
      'names an unknown folder',
      (root) => ({ pull_steps: [{ 'tributary.local_folder': { root: `${root}/gone` } }] }),
      (root) => `should be in ${root}/gone, but this worker's machine has no such folder`,
    ],
    [
      'has an unknown pull step',
      () => ({ pull_steps: [{ 'prefect.git_clone': { repository: 'x' } }] }),
      () => 'pull step "prefect.git_clone"',
    ],
    ['names an unknown path', () => ({ path: 'ints/two' }), (root) => `There is no folder ${root}/ints/two`],
    ['names an unknown file', () => ({ entrypoint: 'gone.ts:work' }), (root) => `There is no file ${root}/ints/one/gone.ts`],
    ['has no entrypoint', () => ({ entrypoint: null }), () => 'entrypoint null is not of the form file.ts:export'],
    ['names no export', () => ({ entrypoint: 'flow.ts' }), () => 'entrypoint "flow.ts" is not of the form'],
    ['has an entrypoint outside of its work tree', () => ({ entrypoint: '../../../outside.ts:work' }), () => 'leads out of its work tree'],
    ['has an entrypoint that links out of its work tree', () => ({ entrypoint: 'linked.ts:work' }), () => 'leads out of its work tree'],
    ['has a path outside of its work tree', () => ({ path: '..', entrypoint: 'outside.ts:work' }), () => 'leads out of its work tree'],
    ['has wrong job variables', () => ({ job_variables: { env: 'A=1' } }), () => 'The job variable "env" isn\'t an object'],
  ])('%s is Crashed with the reason', async ([, facts, message], { onTestFinished }) => {
    const { server, ...stage } = await openStage(onTestFinished);
    const root = join(stage.root, 'tree');
    mkdirSync(root);
    writeTree(stage.root, { 'outside.ts': '', 'tree/ints/one/flow.ts': '' });
    symlinkSync(join(stage.root, 'outside.ts'), join(root, 'ints/one/linked.ts'));
    symlinkSync(join(stage.root, 'node_modules'), join(root, 'node_modules'));
    const deployment = server.addDeployment({ path: 'ints/one', pull_steps: [{ 'tributary.local_folder': { root } }], ...facts(root) });
    await stage.work();
    const id = server.addRun(deployment, { do: 'complete' });
    await stage.until('CRASHED', () => server.state(id).type === 'CRASHED');
    expect(server.state(id).message).toContain(message(root));
    expect(server.history(id)).toEqual(['Scheduled', 'Pending', 'Crashed']);
  });

  it('was deleted is Cancelled with the reason', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    server.deployments.clear();
    await stage.work();
    const id = server.addRun(deployment, { do: 'complete' });
    await stage.until('CANCELLED', () => server.state(id).type === 'CANCELLED');
    expect(server.state(id).message).toBe("Cancelled: the run's deployment was deleted.");
  });

  it("has no pull steps runs in the worker's work tree", async ({ onTestFinished }) => {
    const { server, root, ...stage } = await openStage(onTestFinished);
    const deployment = server.addDeployment({ path: 'ints/one', pull_steps: null });
    await stage.work();
    const { ticket } = await stage.host(server.addRun(deployment, { do: 'complete' }));
    expect(ticket).toMatchObject({ root, cwd: join(root, 'ints/one') });
  });
});
