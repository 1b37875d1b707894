import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createClient } from '@tributary/contract/client';
import { labelNames } from '@tributary/contract/nouns/label';
import { isTerminal } from '@tributary/contract/nouns/state';
import { routes } from '@tributary/contract/routes';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createGitWorkspace, type GitWorkspace } from '../demo/git-workspace.ts';
import { eventually } from '../support/eventually.ts';
import { type Prefect, startPrefect } from '../support/prefect/server.ts';
import { tributary } from '../support/process.ts';
import { createStops, type Stops } from '../support/stops.ts';
import { repository } from '../support/workspace.ts';

const secret = 'rollback-token';
/** A deployments.ts whose flow returns a text. */
const returning = (text: string): string => `import { deployFactory, flow } from '@tributary/flow';
export const load = flow({ name: 'load' }, () => '${text}');
export const one = deployFactory({ name: 'shop', flow: load });
`;

let stops: Stops;
let prefect: Prefect;
let workspace: GitWorkspace;
const home = mkdtempSync(join(repository, '.tributary', 'rollback-'));
beforeAll(async () => {
  stops = createStops();
  prefect = await stops.add(startPrefect(), (started) => started.stop());
  workspace = await createGitWorkspace(join(home, 'git'), secret, stops);
  const ints = join(workspace.root, 'ints');
  for (const entry of readdirSync(ints, { withFileTypes: true }))
    if (entry.isDirectory()) rmSync(join(ints, entry.name), { recursive: true });
});
afterAll(async () => {
  await stops.all();
  rmSync(home, { recursive: true, force: true });
});

it('a rollback brings back the commit that runs execute, and a plan of the newest commit goes forward again', async () => {
  const client = createClient(routes, { url: prefect.url, patience: 60 });
  const start = (...args: readonly string[]) =>
    tributary(args, { cwd: workspace.root, env: { ...prefect.environment, ...workspace.environment }, input: workspace.token });
  const run = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await start(...args).ended;
    expect([args, code, code === 0 ? '' : stdout + stderr]).toEqual([args, 0, '']);
    return stdout + stderr;
  };
  const push = (text: string): Promise<string> => {
    mkdirSync(join(workspace.root, 'ints/shop'), { recursive: true });
    writeFileSync(join(workspace.root, 'ints/shop/deployments.ts'), returning(text));
    return workspace.push(text);
  };
  const live = async () => (await client.readDeploymentByName({ path: { flow: 'load', deployment: 'shop' } })).data;
  /** Runs the deployment. @returns what its flow returned, and the commit that it executed */
  const execute = async () => {
    const { id } = await live();
    const { data: created } = await client.createFlowRunFromDeployment({ path: { id }, body: {} });
    const ended = await eventually(
      async () => (await client.readFlowRun({ path: { id: created.id } })).data,
      ({ state_type }) => state_type != null && isTerminal(state_type),
      90,
    );
    return [ended.state_type, ended.state?.data, ended.labels?.[labelNames.codeCommit]];
  };
  await run('secret', 'set', secret);
  const first = await push('first');
  await run('deploy');
  const second = await push('second');
  await run('deploy');
  const [older, newer] = [first.slice(0, 12), second.slice(0, 12)];
  await stops.add(start('worker', 'start', '--name', 'w', '--json'), (started) => started.stop());
  expect(await execute()).toEqual(['COMPLETED', { value: 'second' }, second]);

  const planned = await run('plan', '--commit', first);
  expect(planned).toContain(`From commit ${newer} (1 deployment) to commit ${older}`);
  expect(planned).toContain(`      commit: ${newer} → ${older}\n`);
  expect(await live()).toMatchObject({ version: second });
  const back = await run('deploy', '--commit', first);
  expect(back).toContain('0 created, 1 updated');
  expect(await live()).toMatchObject({ version: first, labels: { [labelNames.commit]: first } });
  expect(await execute()).toEqual(['COMPLETED', { value: 'first' }, first]);

  const forward = await run('plan');
  expect(forward).toContain(`      commit: ${older} → ${newer}\n`);
  expect(forward).not.toContain('older');
  await run('deploy');
  expect(await execute()).toEqual(['COMPLETED', { value: 'second' }, second]);
});
