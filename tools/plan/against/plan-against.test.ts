import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { DeploymentPlan, Plan } from '@tributary/contract/nouns/plan';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Clone, createTeam, declaring, deploymentsIn, linesOf, type Team } from '../test-support/team.ts';

let team: Team;
beforeAll(async () => {
  team = await createTeam();
});
afterAll(() => team.close());

/** Plans without an engine: nothing answers at this address. */
const against = (clone: Clone, commit: string, names?: readonly string[]): Promise<Plan> =>
  clone.plan({ against: commit, env: { TRIBUTARY_API_URL: 'http://127.0.0.1:9/api' }, ...(names ? { names } : {}) });

const rich = `
  description: 'Loads', version: '1', tags: ['a', 'b'], parameters: { limit: 5 }, jobVariables: { env: { REGION: 'eu' } }, pool: 'heavy', queue: 'slow',
  concurrencyLimit: { limit: 2, collisionStrategy: 'CANCEL_NEW' }, keepLive: ['parameters.limit'], paused: true, protect: true,
  schedules: [
    { cron: '0 1 * * *', slug: 'night', timezone: 'Europe/Vienna', active: false },
    { interval: '1d', slug: 'daily', parameters: { limit: 7 } },
    { rrule: 'FREQ=WEEKLY;BYDAY=MO', slug: 'weekly' },
  ],`;
const richer = `
  description: 'Loads more', version: '2', tags: ['b', 'c'], parameters: { limit: 6 }, jobVariables: { env: { REGION: 'us' } }, pool: 'light',
  concurrencyLimit: { limit: 3 }, keepLive: ['parameters.limit'], paused: false,
  schedules: [
    { cron: '0 2 * * *', slug: 'night', timezone: 'Europe/Vienna' },
    { interval: '2d', slug: 'daily', parameters: { limit: 8 } },
    { rrule: 'FREQ=WEEKLY;BYDAY=TU', slug: 'weekly' },
    { cron: '0 4 * * *', slug: 'early' },
  ],`;
const text = (deployments: Readonly<Record<string, string>>): string =>
  declaring(deployments)
    .replaceAll(/flow\(\{ name: ('\w+') \}/g, 'flow({ name: $1, parameters: z.object({ limit: z.int().default(1) }) }')
    .replace(/^/, "import { z } from 'zod';\n");

/** What a plan says apart from what only an engine knows. */
function comparable({ integrations, findings, tally }: Plan): object {
  const plain = ({ seen: _seen, waiting: _waiting, ...deployment }: DeploymentPlan): object => deployment;
  return { findings, tally, integrations: integrations.map((one) => ({ ...one, deployments: one.deployments.map(plain) })) };
}

describe('a plan against a commit', () => {
  it('says what a plan on an engine says to which that commit was deployed', async () => {
    const shop = await team.workspace('acme/data', {
      shop: text({ 'load/nightly': rich, 'load/plain': '', 'load/gone': '' }),
      crm: text({ 'crm/old name': "cron: '0 3 * * *'", 'crm/moves': '' }),
      web: text({ 'web/same': rich }),
      old: text({ 'old/nightly': '' }),
    });
    await shop.deploy();
    await shop.write(
      deploymentsIn({
        shop: text({ 'load/nightly': richer, 'load/plain': '', 'load/new': "cron: '0 5 * * *'" }),
        crm: text({ 'crm/new name': "cron: '0 3 * * *'" }),
        fresh: text({ 'fresh/nightly': '', 'crm/moves': '' }),
      }),
    );
    await shop.git('rm', '-q', '-r', 'ints/old');
    await shop.commit();
    const live = await shop.plan();
    expect(linesOf(live)).toEqual([
      'ints-crm',
      '+ crm/new name for crm/old name',
      '- crm/old name',
      'ints-fresh',
      '~ crm/moves from acme/data:ints-crm',
      '+ fresh/nightly',
      'ints-shop',
      '+ load/new for load/gone',
      '~ load/nightly',
      '= load/plain',
      '- load/gone',
      'ints-web',
      '= web/same',
      'ints-old (removed)',
      '- old/nightly',
    ]);
    const plan = await against(shop, 'HEAD~1');
    expect(comparable(plan)).toEqual(comparable(live));
    expect(plan).toMatchObject({
      engine: {
        kind: 'commit',
        commit: await shop.git('rev-parse', 'HEAD~1'),
        name: 'HEAD~1',
        unknown: ['drift', 'people', 'waiting_runs', 'owners', 'work_pools'],
      },
      creates: { pools: [], queues: [] },
    });
    await team.clear();
  });

  it('finds nothing to do in equal commits, and compares changes that are not committed', async () => {
    const shop = await team.workspace('acme/data', { shop: text({ 'load/nightly': rich }), crm: text({ 'crm/all': '' }) });
    const same = await against(shop, 'HEAD');
    expect(linesOf(same)).toEqual(['ints-crm', '= crm/all', 'ints-shop', '= load/nightly']);
    expect(same.integrations.flatMap(({ deployments }) => deployments.map(({ code }) => code?.changed))).toEqual([false, false]);

    await shop.write(deploymentsIn({ shop: text({ 'load/nightly': richer }) }));
    const dirty = await against(shop, 'HEAD');
    expect(linesOf(dirty)).toEqual(['ints-crm', '= crm/all', 'ints-shop', '~ load/nightly']);
    expect(
      new Set(dirty.integrations.flatMap(({ deployments }) => deployments.flatMap(({ changes }) => changes.map((one) => one.reason)))),
    ).toEqual(new Set(['code']));
    expect(dirty.integrations[1]?.deployments[0]?.code).toMatchObject({
      changed: true,
      parts: [{ path: 'ints/shop/deployments.ts', change: 'changed' }],
    });
    // Nobody can tell whether a folder is to go before its removal is committed.
    await shop.git('checkout', '-q', '.');
    await shop.git('rm', '-q', '-r', 'ints/crm');
    expect(linesOf(await against(shop, 'HEAD'))).toEqual(['warning kept_deployment all', 'ints-shop', '= load/nightly']);
  });

  it('compares only the named integrations, and still sees what moved to them', async () => {
    const shop = await team.workspace('acme/data', { shop: text({ 'load/nightly': '', 'load/moves': '' }), crm: text({ 'crm/all': '' }) });
    await shop.write(deploymentsIn({ shop: text({ 'load/nightly': "version: '2'" }), crm: text({ 'crm/all': '', 'load/moves': '' }) }));
    expect(linesOf(await against(shop, 'HEAD', ['crm']))).toEqual(['ints-crm', '= crm/all', '~ load/moves from acme/data:ints-shop']);
  });

  it('counts inputs outside of the folder as code, and keeps the values of paths', async () => {
    const options = "inputs: ['../../sql/**'], parameters: { limit: 2 }, jobVariables: { env: { HERE: import.meta.dirname } }";
    const shop = await team.workspace('acme/data', { shop: text({ 'load/nightly': options }) });
    await shop.write({ 'sql/a.sql': 'select 1' });
    await shop.commit();
    await shop.write({ 'sql/a.sql': 'select 2' });
    const { integrations } = await against(shop, 'HEAD');
    expect(integrations[0]?.deployments).toMatchObject([
      { action: 'unchanged', changes: [], code: { changed: true, parts: [{ path: 'sql/a.sql', change: 'changed' }] } },
    ]);
    await shop.write(deploymentsIn({ shop: text({ 'load/nightly': options.replace('limit: 2', 'limit: 3') }) }));
    expect((await against(shop, 'HEAD')).integrations[0]?.deployments).toMatchObject([
      { changes: [{ field: 'parameters.limit', from: '2', to: '3' }], code: { changed: true } },
    ]);
  });

  it('names what cannot be loaded at the commit, and compares the others', async () => {
    const broken = {
      syntax: 'export const = 1;\n',
      exits: `process.exit(1);\n${declaring({ 'exits/x': '' })}`,
      waits: `await new Promise(() => {});\n${declaring({ 'waits/x': '' })}`,
    };
    const shop = await team.workspace('acme/data', { ...broken, shop: text({ 'load/nightly': '' }) });
    await shop.write(
      deploymentsIn({
        syntax: declaring({ 'syntax/x': '' }),
        exits: declaring({ 'exits/x': '' }),
        waits: declaring({ 'waits/x': '' }),
        shop: text({ 'load/nightly': "version: '2'" }),
      }),
    );
    const plan = await against(shop, 'HEAD');
    expect(linesOf(plan)).toEqual([
      'warning broken_commit ints-exits',
      'warning broken_commit ints-syntax',
      'warning broken_commit ints-waits',
      'ints-shop',
      '~ load/nightly',
    ]);
    expect(plan.findings.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^ints\/exits isn't compared, because its deployments\.ts of commit [\da-f]{12} \(HEAD\) can't be loaded: .*process\.exit\(1\)/,
      ),
      expect.stringMatching(/ints\/syntax\/deployments\.ts/),
      expect.stringMatching(/its import ended early, or never ends/),
    ]);
  });

  it('reads files of the commit that no import names', async () => {
    const reading = (path: string): string =>
      `import { readFileSync } from 'node:fs';\nconst version = readFileSync(new URL('../../' + '${path}', import.meta.url), 'utf8');\n${declaring({ 'load/nightly': 'version' })}`;
    const shop = await team.workspace('acme/data', { shop: reading('config/version.txt') });
    await shop.write({ 'config/version.txt': '1' });
    await shop.commit();
    await shop.write({ 'config/version.txt': '2', ...deploymentsIn({ shop: `${reading('config/version.txt')}\n` }) });
    const { integrations, findings } = await against(shop, 'HEAD');
    expect(findings).toEqual([]);
    expect(integrations[0]?.deployments[0]?.changes).toEqual([{ field: 'version', from: '1', to: '2', reason: 'code' }]);
  });

  it('compares what an import with a computed name may load, although the code seems unchanged', async () => {
    const computed = `const name = 'settings';\nconst { version } = await import(\`./\${name}.ts\`);\n${declaring({ 'load/nightly': 'version' })}`;
    const shop = await team.workspace('acme/data', { shop: computed });
    await shop.write({ 'ints/shop/settings.ts': "export const version = '1';\n" });
    await shop.commit();
    await shop.write({ 'ints/shop/settings.ts': "export const version = '2';\n" });
    const { integrations } = await against(shop, 'HEAD');
    expect(integrations[0]?.deployments[0]?.changes).toEqual([{ field: 'version', from: '1', to: '2', reason: 'code' }]);
  });

  it('takes everything for new against a commit without integrations, also in a folder of a repository', async () => {
    const shop = await team.workspace('acme/data', {});
    await shop.write(deploymentsIn({ shop: text({ 'load/nightly': '' }) }));
    expect(linesOf(await against(shop, 'HEAD'))).toEqual(['ints-shop', '+ load/nightly']);

    const outer = await team.workspace('acme/outer', {});
    const inner: Clone = { ...outer, plan: (options) => outer.plan({ ...options, folder: 'data' }) };
    await outer.write({
      'data/nx.json': {},
      'data/package.json': { type: 'module' },
      'data/ints/shop/deployments.ts': text({ 'load/nightly': '' }),
    });
    await outer.commit();
    await outer.write({ 'data/ints/shop/deployments.ts': text({ 'load/nightly': "version: '2'" }) });
    expect(linesOf(await against(inner, 'HEAD'))).toEqual(['warning unreadable_lockfile all', 'ints-shop', '~ load/nightly']);
    expect(linesOf(await against(inner, 'HEAD~1'))).toEqual(['warning unreadable_lockfile all', 'ints-shop', '+ load/nightly']);
  });

  it('loads the commit by its own framework, and says when that is too old', async () => {
    const locked = { lockfileVersion: 3, packages: { 'node_modules/@tributary/flow': { resolved: 'tools/flow', link: true } } };
    const shop = await team.workspace('acme/data', { shop: declaring({ 'load/nightly': '' }) });
    await shop.write({
      'package-lock.json': locked,
      'tools/flow/package.json': { name: '@tributary/flow', type: 'module', exports: { '.': './index.ts', './deploy': './deploy.ts' } },
      'tools/flow/index.ts': 'export const flow = () => 1;\nexport const deployFactory = () => 1;\n',
      // An early framework answered a list, and described less.
      'tools/flow/deploy.ts':
        "export const loadDeployments = async (file: string) => { await import(file); return [{ name: 'load/nightly', flowName: 'load', request: { name: 'nightly', version: 'by the old framework', later: 1 } }]; };\n",
    });
    await shop.commit();
    await shop.write(deploymentsIn({ shop: declaring({ 'load/nightly': "version: '2'" }) }));
    const change = (to: string | null): object => ({ field: 'version', from: 'by the old framework', to, reason: 'code' });
    expect((await against(shop, 'HEAD')).integrations[0]?.deployments[0]?.changes).toContainEqual(change('2'));
    await shop.git('checkout', '-q', 'ints');
    await shop.git('rm', '-q', '-r', 'tools');
    await shop.commit();
    const { integrations, findings } = await against(shop, 'HEAD~1');
    expect(findings).toEqual([]);
    expect(integrations[0]?.deployments[0]?.changes).toContainEqual(change(null));

    await shop.git('checkout', '-q', 'HEAD~1');
    await shop.write({ 'tools/flow/package.json': { name: '@tributary/flow', type: 'module', exports: './index.ts' } });
    await shop.commit();
    await shop.git('rm', '-q', '-r', 'tools');
    await shop.commit();
    await expect(against(shop, 'HEAD~1')).rejects.toThrow(
      /^The framework of commit [\da-f]{12} \(HEAD~1\) can't say what its integrations declare: .*"plan"\. Give --against a newer commit\.$/,
    );
  });

  it('says so if the commit was loaded with other packages than its own', async () => {
    const lockfile = (version: string): object => ({
      lockfileVersion: 3,
      packages: { 'node_modules/zod': { version, integrity: version }, 'node_modules/unused': { version, integrity: version } },
    });
    const shop = await team.workspace('acme/data', { shop: text({ 'load/nightly': '' }), crm: declaring({ 'crm/all': '' }) });
    await shop.write({ 'package-lock.json': lockfile('4.0.0') });
    await shop.commit();
    await shop.write({ 'package-lock.json': lockfile('4.6.7') });
    const plan = await against(shop, 'HEAD');
    expect(linesOf(plan)).toEqual(['warning other_packages all', 'ints-crm', '= crm/all', 'ints-shop', '= load/nightly']);
    expect(plan.findings[0]).toMatchObject({ file: 'package-lock.json', message: expect.stringContaining('(zod@4.0.0)') });
  });

  it('warns if the commit is not in the history of the work tree', async () => {
    const shop = await team.workspace('acme/data', { shop: text({ 'load/nightly': '' }) });
    await shop.git('checkout', '-q', '-b', 'main');
    await shop.git('checkout', '-q', '-b', 'mine');
    await shop.git('checkout', '-q', 'main');
    await shop.write(deploymentsIn({ shop: text({ 'load/nightly': "version: '2'" }) }));
    await shop.commit();
    await shop.git('checkout', '-q', 'mine');
    const plan = await against(shop, 'main');
    expect(linesOf(plan)).toEqual(['warning older_code all', 'ints-shop', '~ load/nightly']);
    expect(plan.findings[0]?.command).toBe('npx tributary plan --against "$(git merge-base HEAD main)"');
    const [named] = (await against(shop, 'main', ['shop'])).findings;
    expect(named?.command).toBe('npx tributary plan shop --against "$(git merge-base HEAD main)"');
    expect(linesOf(await against(shop, await shop.git('merge-base', 'HEAD', 'main')))).toEqual(['ints-shop', '= load/nightly']);

    // Without history, nobody can tell: this is how CI checks out.
    const shallow = await shop.clone('--depth=1', '--branch=mine');
    await shallow.git('fetch', '-q', '--depth=1', 'origin', 'main');
    expect(linesOf(await against(shallow, 'FETCH_HEAD'))).toEqual(['ints-shop', '~ load/nightly']);
  });

  it('leaves the repository as it is: no hook, no filter, no work tree, no change of the index', async () => {
    const shop = await team.workspace('acme/data', { shop: text({ 'load/nightly': '' }) });
    await shop.write({ '.gitattributes': '* filter=evil\n', 'ints/shop/data.csv': 'a,b\n' });
    await shop.commit();
    await shop.git('config', 'filter.evil.smudge', `touch ${join(shop.root, 'filtered')}; cat`);
    await shop.write({ '.git/hooks/post-checkout': `#!/bin/sh\ntouch ${join(shop.root, 'hooked')}\n` });
    await shop.git('config', 'core.fileMode', 'false');
    await shop.write(deploymentsIn({ shop: text({ 'load/nightly': "version: '2'" }) }));
    const index = async () => ({
      text: await readFile(join(shop.root, '.git/index'), 'hex'),
      at: (await stat(join(shop.root, '.git/index'))).mtimeMs,
    });
    const before = await index();
    const folders = await readdir(join(shop.root, '.git'));
    expect(linesOf(await against(shop, 'HEAD'))).toEqual(['ints-shop', '~ load/nightly']);
    expect(await index()).toEqual(before);
    expect(await readdir(join(shop.root, '.git'))).toEqual(folders);
    expect((await readdir(shop.root)).filter((name) => /filtered|hooked/.test(name))).toEqual([]);
  });

  it('names a submodule of a loaded integration, and leaves it out', async () => {
    const other = await team.workspace('acme/other', {});
    const shop = await team.workspace('acme/data', { shop: text({ 'load/nightly': '' }) });
    await shop.git('submodule', '--quiet', 'add', `file://${other.root}`, 'ints/shop/vendor');
    await shop.git('submodule', '--quiet', 'add', `file://${other.root}`, 'docs');
    await shop.commit();
    await shop.write(deploymentsIn({ shop: text({ 'load/nightly': "version: '2'" }) }));
    expect(linesOf(await against(shop, 'HEAD'))).toEqual(['warning missing_submodule ints-shop', 'ints-shop', '~ load/nightly']);
  });
});
