import { chmod, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';

import { createRepository, type Files, type Repository } from '../test-support/repository.ts';
import { lockfile, sampleWorkspace } from '../test-support/sample-workspace.ts';
import { openCode } from './open-code.ts';

const integrations = ['shop', 'dbt', 'bare'] as const;
const all = [...integrations];

let repository: Repository;
let before: Readonly<Record<string, string>>;
beforeAll(async () => {
  repository = await createRepository(sampleWorkspace);
  await repository.commit();
  before = await hashes();
});
afterAll(() => repository.remove());

async function hashes(): Promise<Record<string, string>> {
  const code = await openCode(repository.root);
  return Object.fromEntries(await Promise.all(integrations.map(async (name) => [name, (await code.closure(`ints/${name}`, [])).hash])));
}

/** The integrations whose code changed. */
async function changed(): Promise<string[]> {
  const now = await hashes();
  return integrations.filter((name) => now[name] !== before[name]);
}

const locked = (location: string, integrity: string) => ({
  'package-lock.json': lockfile({ [location]: { version: '1.0.1', integrity } }),
});

const table: readonly [what: string, files: Files, changed: readonly string[]][] = [
  ['a constant three imports away', { 'ints/shared/constants.ts': 'export const pageSize = 51;\n' }, ['shop']],
  ['a file that a dynamic import loads', { 'ints/shop/flows/late.ts': 'export const late = 2;\n' }, ['shop']],
  ['an imported JSON file', { 'ints/shop/flows/settings.json': { size: 2 } }, ['shop']],
  ['SQL in the own folder', { 'ints/shop/query.sql': 'select 10\n' }, ['shop']],
  ['a dbt model', { 'ints/dbt/models/mart.sql': 'select 30\n' }, ['dbt']],
  ['YAML in the own folder', { 'ints/dbt/models/mart.yml': 'version: 3\n' }, ['dbt']],
  ['deployments.ts', { 'ints/bare/deployments.ts': 'export {};\n' }, ['bare']],
  ['an imported package', locked('node_modules/pg', 'sha512-new'), ['shop']],
  ['a package that an imported package needs', locked('node_modules/pg-pool', 'sha512-new'), ['shop']],
  ['a nested package', locked('node_modules/pg-pool/node_modules/split', 'sha512-new'), ['shop']],
  ['a package of the same name that nothing needs', locked('node_modules/split', 'sha512-new'), []],
  ['a package that a package of the workspace needs', locked('node_modules/yaml', 'sha512-new'), ['dbt']],
  ['an optional package', locked('node_modules/optional', 'sha512-new'), ['dbt']],
  ['a peer of a package', locked('node_modules/peer', 'sha512-new'), ['dbt']],
  ['a package that the framework needs', locked('node_modules/zod', 'sha512-new'), all],
  ["a package of the server's", locked('node_modules/left-pad', 'sha512-new'), []],
  ['the install scripts that are allowed', { 'package.json': { allowScripts: { 'pg@1.0.0': true, 'left-pad': true } } }, ['shop']],
  ['tools/flow', { 'tools/flow/run/host.ts': 'export const host = 2;\n' }, all],
  ['tools/contract', { 'tools/contract/index.ts': 'export const contract = 2;\n' }, all],
  ['tools/dbt', { 'tools/dbt/index.ts': 'export const runDbt = 2;\n' }, ['dbt']],
  ['tools/server', { 'tools/server/index.ts': 'export const server = 2;\n' }, []],
  ['tools/cli', { 'tools/cli/index.ts': 'export const cli = 2;\n' }, []],
  [
    'a test',
    { 'ints/shop/flows/load.test.ts': 'export {};\n', 'tools/flow/run/host.test.ts': '', 'tools/flow/test-support/server.ts': '' },
    [],
  ],
  ['a README', { 'ints/shop/README.md': '# New\n', 'README.md': '# New\n' }, []],
  ['a file imported for its types only', { 'ints/shared/types.ts': 'export type Row = unknown;\n' }, []],
  ['a script that nothing imports', { 'ints/shop/flows/unused.ts': '', 'ints/bare/deployments.gen.ts': '' }, []],
  ['a root file', { 'nx.json': { new: true }, 'package.json': { name: 'workspace', private: false } }, []],
  ['SQL of a folder between integrations', { 'ints/shared/sql/rows.sql': 'select 20\n' }, []],
];

it.each(table)('a change of %s changes the code of those deployments that have it', async (_what, files, expected) => {
  await repository.write(files);
  try {
    expect(await changed()).toEqual(expected);
  } finally {
    await repository.git('checkout', '-q', '.');
  }
});

it('counts whether a file may be executed, before the commit and after it', async () => {
  const other = await createRepository(sampleWorkspace);
  onTestFinished(() => other.remove());
  const commit = await other.commit();
  const hashOf = async (at?: string): Promise<string | undefined> => {
    const code = await openCode(other.root);
    return (await (at === undefined ? code : await code.at(at))?.closure('ints/shop', []))?.hash;
  };
  const plain = await hashOf();
  await chmod(join(other.root, 'ints/shop/query.sql'), 0o755);
  const executable = await hashOf();
  expect(executable).not.toBe(plain);
  expect(await hashOf(commit)).toBe(plain);
  const next = await other.commit();
  expect([await hashOf(), await hashOf(next), await hashOf(commit)]).toEqual([executable, executable, plain]);
});

it.each([
  ['its own', 'ints/dbt/dbt_project.yml', []],
  ['one that its inputs name', 'ints/warehouse/dbt_project.yml', ['../warehouse/**']],
])("counts what Python's packages are installed by, with %s dbt project", async (_whose, project, inputs) => {
  const other = await createRepository({ ...sampleWorkspace, [project]: 'name: mart\n', 'requirements.txt': 'dbt-core==1\n' });
  onTestFinished(() => other.remove());
  await other.commit();
  const read = async () =>
    Promise.all(
      ['ints/dbt', 'ints/shop'].map(async (name) => (await openCode(other.root)).closure(name, name === 'ints/dbt' ? inputs : [])),
    );
  const [dbt, shop] = await read();
  expect(dbt?.files).toContain('requirements.txt');
  await other.write({ 'requirements.txt': 'dbt-core==2\n' });
  const [dbtNow, shopNow] = await read();
  expect([dbtNow?.hash === dbt?.hash, shopNow?.hash === shop?.hash]).toEqual([false, true]);
});

it("counts what Python's packages are installed by, if the code imports @tributary/dbt", async () => {
  const flow = 'import { dbt } from "@tributary/dbt";\nexport const load = dbt;\n';
  const other = await createRepository({ ...sampleWorkspace, 'ints/shop/flows/load.ts': flow, 'requirements.txt': 'dbt-core==1\n' });
  onTestFinished(() => other.remove());
  await other.commit();
  const read = async () => Promise.all(['ints/shop', 'ints/bare'].map(async (name) => (await openCode(other.root)).closure(name, [])));
  const [shop, bare] = await read();
  expect(shop?.files).toContain('requirements.txt');
  await other.write({ 'requirements.txt': 'dbt-core==2\n' });
  const [shopNow, bareNow] = await read();
  expect([shopNow?.hash === shop?.hash, bareNow?.hash === bare?.hash]).toEqual([false, true]);
});

it('knows at each commit which install scripts were allowed', async () => {
  const other = await createRepository(sampleWorkspace);
  onTestFinished(() => other.remove());
  const commit = await other.commit();
  const then = (await (await openCode(other.root)).closure('ints/shop', [])).hash;
  await other.write({ 'package.json': { allowScripts: { 'pg@1.0.0': true } } });
  expect((await (await (await openCode(other.root)).at(commit))?.closure('ints/shop', []))?.hash).toBe(then);
});

it.each([['GIT_OBJECT_DIRECTORY'], ['GIT_COMMON_DIR'], ['GIT_INDEX_FILE'], ['GIT_DIR']])(
  'reads this repository in a hook of git, which sets %s',
  async (name) => {
    const head = await repository.git('rev-parse', 'HEAD');
    vi.stubEnv(name, '/nowhere');
    onTestFinished(() => void vi.unstubAllEnvs());
    const code = await openCode(repository.root);
    expect([await code.head(), code.findings]).toEqual([head, []]);
  },
);

it('counts a file of the framework as soon as git knows it, before the commit and after it', async () => {
  try {
    await repository.write({ 'tools/flow/run/new.ts': 'export const fresh = 1;\n' });
    expect(await changed()).toEqual([]);
    await repository.git('add', '-N', '.');
    expect(await changed()).toEqual(all);
    const uncommitted = await hashes();
    await repository.git('add', '.');
    expect(await hashes()).toEqual(uncommitted);
  } finally {
    await repository.restore();
  }
});

it('leaves removed files out of the code', async () => {
  try {
    await repository.git('rm', '-q', 'ints/dbt/models/mart.yml');
    expect(await changed()).toEqual(['dbt']);
  } finally {
    await repository.restore();
  }
});

it('knows the way of imports to each part', async () => {
  const { parts, findings } = await (await openCode(repository.root)).closure('ints/shop', []);
  const ways = Object.fromEntries([...parts].map(([name, { way }]) => [name, way.join(' > ')]));
  const load = 'ints/shop/deployments.ts > ints/shop/flows/load.ts';
  const flow = 'ints/shop/deployments.ts > @tributary/flow@1.0.0';
  expect(ways).toEqual({
    'ints/shop/deployments.ts': 'ints/shop/deployments.ts',
    'ints/shop/flows/load.ts': load,
    'ints/shop/flows/late.ts': `${load} > ints/shop/flows/late.ts`,
    'ints/shop/flows/settings.json': `${load} > ints/shop/flows/settings.json`,
    'ints/shop/query.sql': `${load} > ints/shop/query.sql`,
    'ints/shared/index.ts': `${load} > ints/shared/index.ts`,
    'ints/shared/pages.ts': `${load} > ints/shared/index.ts > ints/shared/pages.ts`,
    'ints/shared/constants.ts': `${load} > ints/shared/index.ts > ints/shared/pages.ts > ints/shared/constants.ts`,
    'pg@1.0.0': `${load} > pg@1.0.0`,
    'pg-pool@1.0.0': `${load} > pg@1.0.0 > pg-pool@1.0.0`,
    'split@1.0.0': `${load} > pg@1.0.0 > pg-pool@1.0.0 > split@1.0.0`,
    '@tributary/flow@1.0.0': flow,
    'tools/flow/index.ts': `${flow} > tools/flow/index.ts`,
    'tools/flow/run/host.ts': `${flow} > tools/flow/run/host.ts`,
    '@tributary/contract@1.0.0': `${flow} > @tributary/contract@1.0.0`,
    'tools/contract/index.ts': `${flow} > @tributary/contract@1.0.0 > tools/contract/index.ts`,
    'zod@1.0.0': `${flow} > @tributary/contract@1.0.0 > zod@1.0.0`,
  });
  expect(findings).toEqual([]);
  const id = await repository.git('rev-parse', 'HEAD:ints/shared/constants.ts');
  expect(parts.get('ints/shared/constants.ts')?.hash).toBe(id);
});

it.each([
  ['../shared/sql/**', ['ints/shared/sql/rows.sql']],
  ['../shared/sql', ['ints/shared/sql/rows.sql']],
  ['../*/sql/rows.sql', ['ints/shared/sql/rows.sql']],
  ['../../README.md', ['README.md']],
  // A script brings along what it imports.
  ['../shared/in*.ts', ['ints/shared/constants.ts', 'ints/shared/index.ts', 'ints/shared/pages.ts']],
])('counts what the input %s names', async (pattern, expected) => {
  const code = await openCode(repository.root);
  const [without, withInput] = await Promise.all([code.closure('ints/bare', []), code.closure('ints/bare', [pattern])]);
  expect([...withInput.parts.keys()].filter((name) => !without.parts.has(name)).toSorted()).toEqual(expected);
  expect(withInput.hash).not.toBe(without.hash);
  expect(withInput.findings).toEqual([]);
});

it('has the files without those of packages, and the symbolic links that lead to files', async () => {
  const other = await createRepository(sampleWorkspace);
  onTestFinished(() => other.remove());
  await mkdir(join(other.root, 'ints/links'));
  await symlink('../shared/index.ts', join(other.root, 'ints/links/pages.ts'));
  await other.write({ 'ints/bare/deployments.ts': 'import "@tributary/flow";\nimport "../links/pages.ts";\n' });
  await other.commit();
  const { files } = await (await openCode(other.root)).closure('ints/bare', []);
  expect([...files].toSorted()).toEqual([
    'ints/bare/deployments.ts',
    'ints/links/pages.ts',
    'ints/shared/constants.ts',
    'ints/shared/index.ts',
    'ints/shared/pages.ts',
  ]);
});
