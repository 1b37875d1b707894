import { unlessMissing } from '@tributary/contract/client/refusal';
import { secretBlock } from '@tributary/contract/nouns/block';
import type { Finding, Plan } from '@tributary/contract/nouns/plan';
import { stepKinds } from '@tributary/contract/pull-step';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { type Clone, createTeam, type Team } from '../../tools/plan/test-support/team.ts';
import { createRemote, type Remote } from '../support/remote.ts';

const token = 'github_pat_11SECRET';
const shop = `import { deployFactory, flow } from '@tributary/flow';
import { size } from '../shared/size.ts';
export const load = flow({ name: 'load' }, () => size);
export const shop = deployFactory({ name: 'shop', flow: load });
`;
const locked = { lockfileVersion: 3, packages: { 'node_modules/pg': { version: '8.23.1', integrity: 'sha512-pg' } } };

let team: Team;
let remote: Remote;
beforeAll(async () => {
  [team, remote] = await Promise.all([createTeam(), createRemote()]);
});
afterEach(() => team.clear());
afterAll(async () => {
  await team.close();
  await remote.close();
});

/** A workspace that stores its code in git. @param storage what its nx.json says */
async function workspace(storage: object = {}, on = remote): Promise<Clone> {
  const clone = await team.workspace('acme/data', { shop });
  await clone.write({
    'nx.json': { tributary: { workspace: 'acme/data', storage } },
    'ints/shared/size.ts': 'export const size = 1;\n',
    'README.md': '# Data\n',
  });
  await clone.git('remote', 'add', 'origin', on.url);
  await push(clone, on);
  return clone;
}

async function push(clone: Clone, on = remote): Promise<string> {
  const commit = await clone.commit();
  await clone.git('push', '-q', '--force', on.folder, 'HEAD:main');
  return commit;
}

const env = (on = remote) => ({
  TRIBUTARY_API_URL: team.url,
  TRIBUTARY_CODE_DIR: on.store,
  PATH: process.env['PATH'] ?? '',
  HOME: on.store,
});
const plan = (clone: Clone, on = remote) => clone.plan({ env: env(on) });
const deploy = (clone: Clone, on = remote) => clone.deploy({ env: env(on) });
const errorsOf = ({ findings }: Plan): Pick<Finding, 'code' | 'message' | 'integration' | 'command'>[] =>
  findings
    .filter(({ severity }) => severity === 'error')
    .map(({ code, message, integration, command }) => ({ code, message, integration, command }));
const actionsOf = ({ integrations }: Plan) => integrations.flatMap(({ deployments }) => deployments.map(({ action }) => action));
const appliedTo = ({ integrations }: Plan) => integrations.flatMap(({ deployments }) => deployments.map(({ applied }) => applied?.outcome));
const changesOf = ({ integrations }: Plan) =>
  integrations.flatMap(({ deployments }) =>
    deployments.flatMap(({ changes }) => changes.map(({ field, from, to }) => ({ field, from, to }))),
  );
const stepOf = async () => (await team.read('load/shop')).pull_steps?.[0]?.[stepKinds.gitClone];

describe('a deployment whose code is stored in git', () => {
  it('keeps its commit until its code changes, and asks no server meanwhile', async () => {
    const clone = await workspace();
    const first = await clone.git('rev-parse', 'HEAD');
    expect(errorsOf(await deploy(clone))).toEqual([]);
    await clone.write({ 'README.md': '# More\n', 'ints/crm/README.md': '' });
    // This commit isn't pushed, and needn't be.
    await clone.commit();
    const asked = remote.server.seen.length;
    const again = await deploy(clone);
    expect([errorsOf(again), actionsOf(again)]).toEqual([[], ['unchanged']]);
    expect(remote.server.seen.length).toBe(asked);
    expect(await team.read('load/shop')).toMatchObject({ version: first, labels: { 'tributary.commit': first } });

    await clone.write({ 'ints/shared/size.ts': 'export const size = 2;\n' });
    const second = await push(clone);
    const changed = await deploy(clone);
    expect(changesOf(changed)).toEqual([{ field: 'commit', from: first.slice(0, 12), to: second.slice(0, 12) }]);
    expect(await stepOf()).toEqual({ repository: remote.url, commit_sha: second, directories: ['ints/shared', 'ints/shop'] });
    expect(await team.read('load/shop')).toMatchObject({ version: second, labels: { 'tributary.commit': second } });
  });

  it('takes the next commit if its own was amended or rebased away, because the server may drop that one', async () => {
    const clone = await workspace();
    const commit = await clone.git('rev-parse', 'HEAD');
    await deploy(clone);
    await clone.git('checkout', '-q', '--detach');
    await clone.write({ 'README.md': '# More\n' });
    await push(clone);
    expect(actionsOf(await deploy(clone))).toEqual(['unchanged']);
    // A clone that is behind keeps what others have deployed.
    await clone.git('checkout', '-q', commit);
    expect(actionsOf(await deploy(clone))).toEqual(['unchanged']);
    await clone.git('commit', '-q', '--amend', '-m', 'Another message');
    const amended = await clone.git('rev-parse', 'HEAD');
    await clone.git('push', '-q', '--force', remote.folder, 'HEAD:main');
    const shallow = await clone.clone('--depth=1');
    await shallow.git('remote', 'set-url', 'origin', remote.url);
    expect(actionsOf(await plan(shallow))).toEqual(['unchanged']);
    const changes = [{ field: 'commit', from: commit.slice(0, 12), to: amended.slice(0, 12) }];
    const whole = await clone.clone();
    await whole.git('remote', 'set-url', 'origin', remote.url);
    expect(changesOf(await plan(whole))).toEqual(changes);
    expect(changesOf(await deploy(clone))).toEqual(changes);
    expect(await stepOf()).toMatchObject({ commit_sha: amended });
  });

  it('moves between the folder and git by one change, and back', async () => {
    const clone = await workspace();
    const commit = await clone.git('rev-parse', 'HEAD');
    await clone.deploy({ env: env(), policy: { storage: 'folder' } });
    const git = `commit ${commit.slice(0, 12)} of ${remote.url}`;
    expect(changesOf(await deploy(clone))).toEqual([{ field: 'storage', from: `folder ${clone.root}`, to: git }]);
    expect(changesOf(await clone.deploy({ policy: { storage: 'folder' } }))).toEqual([
      { field: 'storage', from: git, to: `folder ${clone.root}` },
    ]);
    expect(await team.read('load/shop')).toMatchObject({ version: null });
  });

  it('whose step somebody changed is set back', async () => {
    const clone = await workspace();
    await deploy(clone);
    const live = await team.read('load/shop');
    const [first, labels] = [await stepOf(), live.labels];
    const other = { ...Object(first), commit_sha: 'a'.repeat(40) };
    const { name, flow_id, path, entrypoint, version } = live;
    await team.client.createDeployment({
      body: { name, flow_id, path, entrypoint, version, labels, pull_steps: [{ [stepKinds.gitClone]: other }] },
    });
    const back = await deploy(clone);
    expect(back.integrations[0]?.deployments[0]?.changes).toContainEqual({
      field: 'commit',
      from: 'aaaaaaaaaaaa',
      to: (await clone.git('rev-parse', 'HEAD')).slice(0, 12),
      reason: 'drift',
    });
    expect(await stepOf()).toEqual(first);
  });

  it.each<[what: string, prepare: (clone: Clone) => Promise<unknown>]>([
    ['a shallow clone', (clone) => clone.git('checkout', '-q', 'HEAD')],
    ['a detached HEAD', (clone) => clone.git('checkout', '-q', '--detach')],
    ['other files that were changed', (clone) => clone.write({ 'README.md': 'x', 'ints/shop/load.test.ts': 'x' })],
  ])('is deployed from %s', async (what, prepare) => {
    const first = await workspace();
    await first.write({ 'README.md': '# Next\n' });
    await push(first);
    const clone = what === 'a shallow clone' ? await first.clone('--depth=1') : first;
    if (clone !== first) await clone.git('remote', 'set-url', 'origin', remote.url);
    await prepare(clone);
    const deployed = await deploy(clone);
    expect([errorsOf(deployed), appliedTo(deployed)]).toEqual([[], ['applied']]);
  });

  it("has a URL without the user and the password of the clone's remote", async () => {
    const clone = await workspace();
    await clone.git('remote', 'set-url', 'origin', remote.url.replace('://', '://oauth2:glpat-SECRET@'));
    expect(errorsOf(await deploy(clone))).toEqual([]);
    expect(await stepOf()).toMatchObject({ repository: remote.url });
    // Two machines may write one URL in two ways.
    await clone.git('remote', 'set-url', 'origin', remote.url.replace(/\.git$/, ''));
    expect(actionsOf(await plan(clone))).toEqual(['unchanged']);
  });
});

describe('code that workers would not get', () => {
  const refused = async (clone: Clone, on = remote) => {
    const deployed = await deploy(clone, on);
    expect(appliedTo(deployed)).not.toContain('applied');
    expect((await team.client.filterDeployments({ body: {} })).data).toEqual([]);
    return errorsOf(deployed);
  };
  const differs = (commit: string, files: string) => ({
    code: 'uncommitted_code',
    integration: 'ints-shop',
    command: null,
    message: `The code of ints/shop differs from commit ${commit.slice(0, 12)}, which workers would fetch: ${files}. Commit and push it, or deploy with \`--storage folder\`.`,
  });

  it.each<[what: string, change: (clone: Clone) => Promise<unknown>, files: string]>([
    ['a changed file', (clone) => clone.write({ 'ints/shared/size.ts': 'export const size = 9;\n' }), 'ints/shared/size.ts was changed'],
    [
      'a new file that git does not know',
      (clone) =>
        clone.write({ 'ints/shop/new.ts': 'export {};\n', 'ints/shared/size.ts': "export const size = 1;\nimport '../shop/new.ts';\n" }),
      "ints/shared/size.ts was changed, ints/shop/new.ts isn't in it",
    ],
    [
      'a new file, without the files that it imports and that are committed',
      async (clone) => {
        await clone.write({ 'ints/shared/rows.ts': "import 'pg';\nexport const rows = 1;\n", 'package-lock.json': locked });
        await push(clone);
        await clone.write({
          'ints/shop/new.ts': "export * from '../shared/rows.ts';\n",
          'ints/shared/size.ts': "export const size = 1;\nimport '../shop/new.ts';\n",
        });
      },
      "ints/shared/size.ts was changed, ints/shop/new.ts isn't in it",
    ],
    [
      'a file that was changed before an import led to it',
      async (clone) => {
        await clone.write({ 'ints/shared/rows.ts': 'export const rows = 1;\n' });
        await push(clone);
        await clone.write({
          'ints/shared/rows.ts': 'export const rows = 2;\n',
          'ints/shared/size.ts': "export const size = 1;\nimport './rows.ts';\n",
        });
      },
      'ints/shared/rows.ts was changed, ints/shared/size.ts was changed',
    ],
    [
      'a file with an import less, without the file that it imported',
      async (clone) => {
        await clone.write({
          'ints/shared/rows.ts': 'export const rows = 1;\n',
          'ints/shared/size.ts': "export const size = 1;\nimport './rows.ts';\n",
        });
        await push(clone);
        await clone.write({ 'ints/shared/size.ts': 'export const size = 1;\n' });
      },
      'ints/shared/size.ts was changed',
    ],
    [
      'a new package, without those that are committed',
      async (clone) => {
        await clone.write({ 'package-lock.json': locked });
        await push(clone);
        const { packages } = locked;
        await clone.write({
          'package-lock.json': { ...locked, packages: { ...packages, 'node_modules/zod': { version: '4.0.0', integrity: 'sha512-zod' } } },
          'ints/shared/size.ts': "export const size = 1;\nimport 'pg';\nimport 'zod';\n",
        });
      },
      'ints/shared/size.ts was changed, package-lock.json was changed (zod@4.0.0)',
    ],
    [
      'a lockfile that puts its packages into other folders',
      async (clone) => {
        const [older, newer] = ['1.0.0', '2.0.0'].map((version) => ({ version, integrity: `sha512-${version}` }));
        const lock = (above: object | undefined, nested: object | undefined) => ({
          lockfileVersion: 3,
          packages: { 'node_modules/pg': above, 'ints/node_modules/pg': nested },
        });
        await clone.write({ 'ints/shared/size.ts': "export const size = 1;\nimport 'pg';\n", 'package-lock.json': lock(older, newer) });
        await push(clone);
        await clone.write({ 'package-lock.json': lock(newer, older) });
      },
      'package-lock.json was changed (pg@1.0.0)',
    ],
    [
      'a removed file',
      async (clone) => {
        await clone.write({ 'ints/shop/query.sql': 'select 1' });
        await push(clone);
        await clone.git('rm', '-q', 'ints/shop/query.sql');
      },
      'ints/shop/query.sql was removed',
    ],
    [
      'a package',
      (clone) =>
        clone.write({ 'package-lock.json': { lockfileVersion: 3, packages: { 'node_modules/@tributary/flow': { version: '2.0.0' } } } }),
      'package-lock.json was changed (@tributary/flow@2.0.0)',
    ],
    [
      'the lockfile',
      async (clone) => {
        await clone.git('rm', '-q', '--cached', 'package-lock.json');
        await clone.git('commit', '-qm', 'Remove');
        await clone.git('push', '-q', '--force', remote.folder, 'HEAD:main');
      },
      "package-lock.json isn't in it",
    ],
    [
      'a staged file',
      async (clone) => {
        await clone.write({ 'ints/shared/size.ts': 'export const size = 3;\n' });
        await clone.git('add', '-A');
      },
      'ints/shared/size.ts was changed',
    ],
  ])('is named: %s', async (_, change, files) => {
    const clone = await workspace();
    await change(clone);
    expect(await refused(clone)).toEqual([differs(await clone.git('rev-parse', 'HEAD'), files)]);
  });

  it('is that of an integration that is not committed at all: only its own files are named', async () => {
    const clone = await workspace();
    await clone.write({ 'requirements.txt': 'dbt-core==1.10.0\n' });
    await push(clone);
    await clone.write({
      'ints/crm/deployments.ts': shop.replaceAll("'shop'", "'crm'").replaceAll("'load'", "'rows'").replace('const shop', 'const crm'),
      'ints/crm/dbt_project.yml': 'name: crm\n',
    });
    await clone.git('add', 'ints/crm/dbt_project.yml');
    expect(errorsOf(await plan(clone))).toMatchObject([
      {
        code: 'uncommitted_code',
        integration: 'ints-crm',
        message: expect.stringContaining("fetch: ints/crm/dbt_project.yml isn't in it, ints/crm/deployments.ts isn't in it. Commit"),
      },
    ]);
  });

  it('is a commit that was not pushed', async () => {
    const clone = await workspace();
    await clone.write({ 'ints/shared/size.ts': 'export const size = 4;\n' });
    const commit = await clone.commit();
    expect(await refused(clone)).toEqual([
      {
        code: 'unfetchable_commit',
        integration: 'ints-shop',
        command: 'git push',
        message: expect.stringContaining(`doesn't have commit ${commit.slice(0, 12)} of ${remote.url}: it was never pushed`),
      },
    ]);
    // A plan shows it, together with what the deploy would do.
    expect(actionsOf(await plan(clone))).toEqual(['create']);
  });

  it('is a commit that only a fork has', async () => {
    const clone = await workspace();
    await clone.write({ 'ints/shared/size.ts': 'export const size = 5;\n' });
    await clone.commit();
    await clone.git('push', '-q', '--force', remote.folder, 'HEAD:refs/pull/1/head');
    expect(await refused(clone)).toMatchObject([
      { code: 'unfetchable_commit', command: null, message: expect.stringContaining('no branch or tag of this repository reaches it') },
    ]);
  });

  it('is the commit by which a pull request is checked: a plan shows it with a warning, and a deploy is refused', async () => {
    const clone = await workspace();
    const base = await clone.git('rev-parse', 'HEAD');
    await clone.git('checkout', '-q', '-b', 'larger');
    await clone.write({ 'ints/shared/size.ts': 'export const size = 6;\n' });
    await clone.commit();
    await clone.git('checkout', '-q', '--detach', base);
    await clone.git('merge', '-q', '--no-ff', '-m', 'Merge a pull request', 'larger');
    const merge = await clone.git('rev-parse', 'HEAD');
    await clone.git('push', '-q', '--force', remote.folder, 'larger:refs/pull/7/head', 'HEAD:refs/pull/7/merge');
    // As a job of CI does.
    const job = await clone.clone('--depth=1');
    await job.git('remote', 'set-url', 'origin', remote.url);
    await job.git('fetch', '-q', '--depth=1', remote.url, '+refs/pull/7/merge:refs/remotes/pull/7/merge');
    await job.git('checkout', '-q', '--detach', 'refs/remotes/pull/7/merge');
    const planned = await plan(job);
    expect([errorsOf(planned), actionsOf(planned), planned.tally]).toMatchObject([[], ['create'], { create: 1, failed: 0 }]);
    expect(planned.findings).toMatchObject([
      {
        code: 'unfetchable_commit',
        severity: 'warning',
        message: `No branch or tag of ${remote.url} reaches commit ${merge.slice(0, 12)}, as in the checks of a pull request. This plan shows what its code would change. A deploy of this commit is refused: deploy once the code is merged.`,
      },
    ]);
    expect(await refused(job)).toMatchObject([{ code: 'unfetchable_commit' }]);
    // A commit that was never pushed stays an error of both: its author can push it.
    await job.write({ 'ints/shared/size.ts': 'export const size = 7;\n' });
    await job.commit();
    expect(errorsOf(await plan(job))).toMatchObject([{ code: 'unfetchable_commit', command: 'git push' }]);
  });

  it.each<[what: string, change: (clone: Clone) => Promise<unknown>, message: string]>([
    [
      'a remote of ssh',
      (clone) => clone.git('remote', 'set-url', 'origin', 'git@github.com:acme/data.git'),
      'The remote "origin" can\'t be used. Code isn\'t fetched over ssh. Write https://github.com/acme/data.git instead, and name a secret that holds an access token. ' +
        'Add to nx.json: "tributary": {"storage": {"repository": "https://github.com/acme/data.git"}}.',
    ],
    ['a remote in a folder', (clone) => clone.git('remote', 'set-url', 'origin', '/srv/data.git'), "This one isn't a URL."],
    ['no remote', (clone) => clone.git('remote', 'remove', 'origin'), 'This repository has no remote "origin"'],
    [
      'a URL with a password in nx.json',
      (clone) =>
        clone.write({
          'nx.json': { tributary: { workspace: 'acme/data', storage: { repository: 'https://x:SECRET@github.com/acme/data' } } },
        }),
      '"tributary.storage.repository" can\'t be used. The URL of github.com/acme/data has a user or a password in it.',
    ],
  ])('is that of %s', async (_, change, message) => {
    const clone = await workspace();
    await change(clone);
    const errors = await refused(clone);
    expect(errors).toMatchObject([{ code: 'unusable_repository', integration: 'ints-shop', message: expect.stringContaining(message) }]);
    expect(JSON.stringify(errors)).not.toContain('SECRET');
  });

  it('is that of a workspace without a commit', async () => {
    const clone = await workspace();
    await clone.git('update-ref', '-d', 'HEAD');
    expect(await refused(clone)).toMatchObject([
      { code: 'unusable_repository', message: expect.stringContaining('This repository has no commit yet') },
    ]);
  });

  it('is in a submodule, or kept by Git LFS', async () => {
    const clone = await workspace();
    const library = await team.workspace('acme/library', {});
    await library.write({ 'rows.ts': 'export const rows = 1;\n' });
    await library.commit();
    await clone.git('submodule', '--quiet', 'add', `file://${library.root}`, 'ints/library');
    const oid = 'a'.repeat(64);
    await clone.write({
      'ints/shared/size.ts': "export { rows as size } from '../library/rows.ts';\n",
      'ints/shop/seeds/big.csv': `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 9\n`,
      'ints/shop/seeds/small.csv': 'a,b\n',
      '.gitattributes': '*.csv filter=lfs\n',
    });
    await push(clone);
    expect(await refused(clone)).toMatchObject([
      { code: 'code_in_submodule', message: expect.stringContaining('files in the submodule ints/library, which') },
      { code: 'code_in_lfs', message: expect.stringContaining('only the pointers: ints/shop/seeds/big.csv. Store') },
    ]);
  });
});

describe('a repository that asks for a token', () => {
  let secret: Remote;
  beforeAll(async () => {
    secret = await createRemote(token);
  });
  afterAll(() => secret.close());

  const storage = { token: 'github-access-token' };
  /** Stores the token on the engine. */
  const setSecret = async (value: string | undefined): Promise<void> => {
    const { client } = team;
    const { slug, checksum } = secretBlock;
    const found = await unlessMissing(client.readBlockDocument({ path: { slug, name: storage.token } }));
    if (found) await client.deleteBlockDocument({ path: { id: found.id } });
    if (value === undefined) return;
    const [{ data: type }, { data: schema }] = await Promise.all([
      client.readBlockType({ path: { slug } }),
      client.readBlockSchema({ path: { checksum } }),
    ]);
    await client.createBlockDocument({
      body: { name: storage.token, data: { value }, block_type_id: type.id, block_schema_id: schema.id },
    });
  };
  afterEach(() => setSecret(undefined));

  it('is read with the secret of the engine, of which a deployment has only the name', async () => {
    await setSecret(token);
    const clone = await workspace(storage, secret);
    const deployed = await deploy(clone, secret);
    expect([errorsOf(deployed), appliedTo(deployed)]).toEqual([[], ['applied']]);
    expect(await stepOf()).toMatchObject({ access_token: '{{ prefect.blocks.secret.github-access-token }}' });
    expect(JSON.stringify([deployed, await team.read('load/shop')])).not.toContain(token);

    await clone.write({ 'nx.json': { tributary: { workspace: 'acme/data', storage: { token: 'other' } } } });
    expect(changesOf(await plan(clone, secret))).toContainEqual({ field: 'token', from: 'github-access-token', to: 'other' });
  });

  const missing = {
    code: 'missing_secret',
    integration: 'ints-shop',
    command: 'npx tributary secret set github-access-token',
    message:
      'The engine has no secret "github-access-token", which nx.json names as the token, so workers could not fetch code. Run `npx tributary secret set github-access-token`, which reads the token from standard input.',
  };

  it('is refused without the secret, also if only this environment has the token', async () => {
    const clone = await workspace(storage, secret);
    const asked = secret.server.seen.length;
    expect(errorsOf(await deploy(clone, secret))).toEqual([missing]);
    expect(secret.server.seen.length).toBe(asked);
    const planned = await clone.plan({ env: { ...env(secret), TRIBUTARY_SECRET_GITHUB_ACCESS_TOKEN: token } });
    expect(errorsOf(planned)).toEqual([missing]);
    expect(secret.server.seen.at(-1)?.authorization).toBeDefined();
  });

  it.each<[what: string, value: string, message: string]>([['a wrong token', 'github_pat_WRONG', "doesn't accept the token for"]])(
    'is refused with %s, whose value no message has',
    async (_, value, message) => {
      await setSecret(value);
      const clone = await workspace(storage, secret);
      const refused = errorsOf(await deploy(clone, secret));
      expect(refused).toMatchObject([{ code: 'unfetchable_commit', command: null, message: expect.stringContaining(message) }]);
      expect(JSON.stringify(refused)).not.toContain(value);
    },
  );

  it('is refused without a token in nx.json', async () => {
    const refused = errorsOf(await deploy(await workspace({}, secret), secret));
    expect(refused).toMatchObject([{ code: 'unfetchable_commit', message: expect.stringContaining('only with a token (401)') }]);
  });

  it('is refused with the token itself in nx.json', async () => {
    const clone = await workspace({ token: 'github_pat_11SECRET' }, secret);
    await expect(deploy(clone, secret)).rejects.toThrow('tributary.storage.token: names a secret, never the token itself');
    await expect(deploy(clone, secret)).rejects.not.toThrow('11SECRET');
  });
});
