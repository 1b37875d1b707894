import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { labelNames } from '@tributary/contract/nouns/label';
import { plan as planNoun } from '@tributary/contract/nouns/plan';
import { placeholderFor } from '@tributary/contract/pull-step';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Ended, startCommand } from '../../tools/cli/test-support/command.ts';
import { createStage, type Stage } from '../../tools/cli/test-support/stage.ts';
import { removeFolder } from '../../tools/code/hold/remove-folder.ts';
import { linesOf } from '../../tools/plan/test-support/team.ts';
import { createGitWorkspace, type GitWorkspace } from '../demo/git-workspace.ts';
import { cloneStep } from '../support/code-stage.ts';
import { createStops, type Stops } from '../support/stops.ts';
import { repository } from '../support/workspace.ts';

const secret = 'rollback-token';
/** What the framework of the first commit prints, and how a newer one does. */
const [then, now] = ["'Deploying by the first framework to'", "'Deploying to'"] as const;

/** A deployments.ts with one deployment. */
const declaring = (name: string, version: string): string =>
  `import { deployFactory, flow } from '@tributary/flow';
export const load = flow({ name: 'load' }, () => 1);
export const one = deployFactory({ name: '${name}', flow: load, version: '${version}' });
`;

/** npm installs the packages of the commit's own lockfile, the framework's too. */
describe('a rollback', { timeout: 240_000 }, () => {
  let stops: Stops;
  let on: Stage;
  let workspace: GitWorkspace;
  let [bare, first, second] = ['', '', ''];
  const [home, store] = [mkdtempSync(join(repository, '.tributary', 'rollback-')), mkdtempSync(join(tmpdir(), 'tributary-store-'))];
  const declare = (name: string, version: string): void => {
    mkdirSync(join(workspace.root, 'ints', name), { recursive: true });
    writeFileSync(join(workspace.root, 'ints', name, 'deployments.ts'), declaring(name, version));
  };
  const command = (args: readonly string[], input = ''): Promise<Ended> =>
    startCommand(args, { cwd: workspace.root, input, env: { TRIBUTARY_API_URL: on.url, TRIBUTARY_CODE_DIR: store } }).ended;
  const done = async (args: readonly string[], input = ''): Promise<string> => {
    const { code, stdout, stderr } = await command(args, input);
    expect([args, code, code === 0 ? '' : stdout + stderr]).toEqual([args, 0, '']);
    return stdout + stderr;
  };
  /** The commits that the live deployments were deployed from. */
  const live = async (): Promise<Record<string, unknown>> => {
    const { data } = await on.client.filterDeployments({ body: {} });
    return Object.fromEntries(data.map(({ name, labels, version }) => [`${name} ${version}`, labels?.[labelNames.commit]]));
  };
  beforeAll(async () => {
    stops = createStops();
    on = await stops.add(createStage(), (started) => started.close());
    workspace = await createGitWorkspace(join(home, 'git'), secret, stops);
    const folders = readdirSync(join(workspace.root, 'ints'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of folders) rmSync(join(workspace.root, 'ints', name), { recursive: true });
    await done(['secret', 'set', secret], workspace.token);
    const settings = readFileSync(join(workspace.root, 'nx.json'), 'utf8');
    writeFileSync(join(workspace.root, 'nx.json'), readFileSync(join(repository, 'nx.json')));
    declare('shop', 'bare');
    bare = await workspace.push('Before it was deployed from Git');
    writeFileSync(join(workspace.root, 'nx.json'), settings);
    workspace.edit('tools/plan/print/engine-line.ts', now, then);
    for (const name of ['shop', 'old']) declare(name, 'first');
    first = await workspace.push('First');
    await done(['deploy']);
    workspace.edit('tools/plan/print/engine-line.ts', then, now);
    for (const name of ['shop', 'new']) declare(name, 'second');
    rmSync(join(workspace.root, 'ints', 'old'), { recursive: true });
    second = await workspace.push('Second');
    await done(['deploy']);
  }, 240_000);
  afterAll(async () => {
    await stops.all();
    rmSync(home, { recursive: true, force: true });
    await removeFolder(store);
  });

  it('is planned and deployed by the framework of its commit, and says from where to where', async () => {
    expect(await live()).toEqual({ 'shop second': second, 'new second': second });
    const planned = await command(['plan', '--commit', 'HEAD~1', '--json', '--detailed-exitcode']);
    expect([planned.code, planned.stderr]).toEqual([
      2,
      expect.stringContaining(
        `From commit ${second.slice(0, 12)} (2 deployments) to commit ${first.slice(0, 12)} (HEAD~1), by that commit's own framework.\n` +
          'ints/old is gone since that commit, and is created again.\n' +
          'ints-new is newer than that commit, so its deployments are deleted.\n',
      ),
    ]);
    const plan = planNoun.parse(JSON.parse(planned.stdout));
    // The commits have no registries.
    expect(linesOf({ ...plan, findings: plan.findings.filter(({ code }) => code !== 'stale_registry') })).toEqual([
      'ints-old',
      '+ load/old',
      'ints-shop',
      '~ load/shop',
      'ints-new (removed)',
      '- load/new',
    ]);
    expect(await live()).toEqual({ 'shop second': second, 'new second': second });
    const output = await done(['deploy', '--commit', first]);
    expect(output).toMatch(/^Deploying by the first framework to http/m);
    expect(output).toMatch(/1 created, 1 updated, 1 deleted/);
    expect(await live()).toEqual({ 'shop first': first, 'old first': first });
    // The clone is gone, and the packages stay.
    expect(readdirSync(join(store, 'work'))).toEqual([]);
    expect(await done(['deploy', '--commit', first])).toMatch(/2 unchanged/);
    // A deploy of the work tree goes forward again.
    await done(['deploy']);
    expect(await live()).toEqual({ 'shop second': second, 'new second': second });
  });

  it('goes to a commit from before nx.json had an id, an engine and a token, by those that it has today', async () => {
    expect(await done(['deploy', '--commit', bare])).toMatch(/1 updated, 1 deleted/);
    expect(await live()).toEqual({ 'shop bare': bare });
    const { data } = await on.client.filterDeployments({ body: {} });
    expect(data[0]?.pull_steps).toEqual([
      cloneStep(workspace.url, bare, { directories: ['ints/shop'], access_token: placeholderFor(secret) }),
    ]);
    await done(['deploy']);
    expect(await live()).toEqual({ 'shop second': second, 'new second': second });
  });
});
