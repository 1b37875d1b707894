import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import type { Finding } from '@tributary/contract/nouns/plan';
import { afterEach, expect, it } from 'vitest';

import { createRepository, type Files, type Repository } from '../test-support/repository.ts';
import { lockfile, sampleWorkspace } from '../test-support/sample-workspace.ts';
import { type Closure, openCode } from './open-code.ts';

let repository: Repository;
afterEach(() => repository.remove());

async function commit(files: Files = {}): Promise<void> {
  repository = await createRepository({ ...sampleWorkspace, ...files });
  await repository.commit();
}

async function closureOf(integration: string, inputs: readonly string[] = []): Promise<Closure> {
  return (await openCode(repository.root)).closure(integration, inputs);
}

const brief = (findings: readonly Finding[]) => findings.map(({ code, severity, file, line }) => `${severity} ${code} ${file}:${line}`);

it("computes the code of an integration that can't be imported, and of the others", async () => {
  await commit({
    'ints/broken/deployments.ts': "import './gone.ts';\nimport './half.ts';\nimport '../shared/index.ts';\nthrow new Error('broken');\n",
    'ints/broken/half.ts': 'export const a = `${\n',
  });
  const broken = await closureOf('ints/broken');
  expect([...broken.parts.keys()].filter((name) => name.startsWith('ints/'))).toEqual([
    'ints/broken/deployments.ts',
    'ints/broken/half.ts',
    'ints/shared/index.ts',
    'ints/shared/pages.ts',
    'ints/shared/constants.ts',
  ]);
  expect(brief(broken.findings)).toEqual([
    'warning missing_file ints/broken/deployments.ts:1',
    'warning unparsed_file ints/broken/half.ts:null',
  ]);
  expect(broken.findings[0]).toMatchObject({ integration: 'ints-broken', message: expect.stringContaining('"./gone.ts" doesn\'t exist') });
  expect((await closureOf('ints/shop')).findings).toEqual([]);
  expect((await closureOf('ints/nowhere')).parts.has('@tributary/flow@1.0.0')).toBe(true);
});

it('reports an import as missing if no file can have its path', async () => {
  const specifiers = [
    './100%.ts',
    './a%00.ts',
    `./${'x'.repeat(300)}.ts`,
    'file://host/x.ts',
    '#unknown',
    './deployments.ts/x.ts',
    '../bare',
  ];
  await commit({ 'ints/bare/deployments.ts': specifiers.map((specifier) => `import '${specifier}';\n`).join('') });
  const { findings } = await closureOf('ints/bare');
  expect(findings.map(({ code, line }) => [code, line])).toEqual(specifiers.map((_, index) => ['missing_file', index + 1]));
});

it('follows a circular import once, and sees a change anywhere in the circle', async () => {
  await commit({
    'ints/bare/deployments.ts': "import './a.ts';\n",
    'ints/bare/a.ts': "import './b.ts';\n",
    'ints/bare/b.ts': "import './c.ts';\nimport '../shared/constants.ts';\n",
    'ints/bare/c.ts': "import './a.ts';\nimport './c.ts';\n",
  });
  const before = await closureOf('ints/bare');
  expect([...before.parts.keys()].slice(0, 5)).toEqual([
    'ints/bare/deployments.ts',
    'ints/bare/a.ts',
    'ints/bare/b.ts',
    'ints/bare/c.ts',
    'ints/shared/constants.ts',
  ]);
  const hashes = new Set([before.hash]);
  for (const file of ['ints/bare/a.ts', 'ints/bare/c.ts', 'ints/shared/constants.ts']) {
    await repository.write({ [file]: "import './a.ts'; // new\n" });
    hashes.add((await closureOf('ints/bare')).hash);
    await repository.restore();
  }
  expect(hashes.size).toBe(4);
});

it("reports the place of a computed import(), because what it loads isn't part of the code", async () => {
  const text =
    "const name = './plugins/a.ts';\n\nawait import(name);\nawait import(`./plugins/${name}.ts`);\nawait import(`./plugins/a.ts`);\n";
  await commit({ 'ints/bare/deployments.ts': text, 'ints/bare/plugins/a.ts': '', 'ints/bare/plugins/b.ts': '' });
  const { parts, findings } = await closureOf('ints/bare');
  expect(brief(findings)).toEqual([
    'warning computed_import ints/bare/deployments.ts:3',
    'warning computed_import ints/bare/deployments.ts:4',
  ]);
  expect(findings[0]?.message).toContain("Name the files in the deployment's option inputs");
  expect([parts.has('ints/bare/plugins/a.ts'), parts.has('ints/bare/plugins/b.ts')]).toEqual([true, false]);
  expect((await closureOf('ints/bare', ['plugins/*.ts'])).parts.has('ints/bare/plugins/b.ts')).toBe(true);
});

it("counts imported files that git ignores or doesn't know, and reports them", async () => {
  await commit();
  await repository.write({
    'ints/bare/deployments.ts': "import './keys.local.ts';\nimport './new file.ts';\nimport '../../../outside.ts';\n",
    'ints/bare/keys.local.ts': 'export const key = 1;\n',
    'ints/bare/new file.ts': 'export const fresh = 1;\n',
    '../outside.ts': '',
  });
  try {
    const before = await closureOf('ints/bare');
    expect(brief(before.findings)).toEqual([
      'warning ignored_file ints/bare/deployments.ts:1',
      'warning unknown_file ints/bare/deployments.ts:2',
      'warning unknown_file ints/bare/deployments.ts:3',
    ]);
    expect(before.findings[1]?.command).toBe("git add 'ints/bare/new file.ts'");
    expect(before.findings[2]?.message).toContain('outside of the workspace');
    await repository.write({ 'ints/bare/new file.ts': 'export const fresh = 2;\n' });
    const changed = await closureOf('ints/bare');
    expect(changed.hash).not.toBe(before.hash);
    await repository.git('add', '-A');
    expect((await closureOf('ints/bare')).hash).toBe(changed.hash);
  } finally {
    await rm(join(repository.root, '../outside.ts'));
  }
});

it('reports a package that an integration imports and no package.json lists, with the command that adds it', async () => {
  await commit({
    'ints/bare/deployments.ts': [
      "import type { A } from 'only-types';",
      "import 'node:fs';",
      "import 'fs/promises';",
      "import '@scope/one/deep/file.js';",
      "import 'listed-here';",
      "import '../shared/uses.ts';",
    ].join('\n'),
    'ints/bare/package.json': { name: 'bare', devDependencies: { 'listed-here': '1' } },
    'ints/shared/uses.ts': "export { two } from 'two';\n",
  });
  const { findings } = await closureOf('ints/bare');
  expect(findings.map(({ severity, file, line, command }) => [severity, file, line, command])).toEqual([
    ['error', 'ints/bare/deployments.ts', 4, 'npm i -w ints @scope/one'],
    ['error', 'ints/shared/uses.ts', 1, 'npm i -w ints two'],
  ]);
  expect(findings[0]?.message).toContain('none of ints/package.json, ints/bare/package.json lists it');
  await repository.git('rm', '-q', 'ints/package.json');
  expect((await closureOf('ints/bare')).findings, 'without ints/package.json').toEqual([]);
});

it('identifies a submodule by its commit', async () => {
  await commit();
  const library = await createRepository({ 'rows.sql': 'select 1\n', 'code.ts': 'export const code = 1;\n' });
  try {
    const first = await library.commit();
    await repository.git('submodule', '--quiet', 'add', library.root, 'ints/bare/library');
    await repository.write({ 'ints/bare/deployments.ts': "import './library/code.ts';\n" });
    await repository.commit();
    const before = await closureOf('ints/bare');
    expect(before.parts.get('ints/bare/library')?.hash).toBe(first);
    expect(before.parts.has('ints/bare/library/code.ts')).toBe(true);
    expect(before.findings).toEqual([]);
    expect((await closureOf('ints/shop', ['../bare/library/*.sql'])).parts.get('ints/bare/library')?.hash).toBe(first);
    await library.write({ 'rows.sql': 'select 2\n' });
    const second = await library.commit();
    await repository.git('-C', 'ints/bare/library', 'pull', '-q');
    expect((await closureOf('ints/bare')).parts.get('ints/bare/library')?.hash).toBe(second);
  } finally {
    await library.remove();
  }
});

it('hashes the files on disk without git, and reports once that git is missing', async () => {
  await commit();
  const withGit = await closureOf('ints/shop');
  await rm(join(repository.root, '.git'), { recursive: true });
  const code = await openCode(repository.root);
  const without = await code.closure('ints/shop', []);
  expect(brief(code.findings)).toEqual(['warning no_git null:null']);
  expect(code.findings[0]?.message).toContain('not a git repository');
  expect(without.findings).toEqual([]);
  expect(without.hash).toBe(withGit.hash);
  await repository.write({ 'ints/shop/query.sql': 'select 10\n' });
  expect((await closureOf('ints/shop')).hash).not.toBe(withGit.hash);
});

it.each([
  ['that is missing', undefined, 'warning unreadable_lockfile package-lock.json:null', 'Run `npm install`'],
  [
    'with a merge conflict',
    `{\n<<<<<<< HEAD\n${JSON.stringify(lockfile())}\n`,
    'error unreadable_lockfile package-lock.json:2',
    'marks of a merge conflict. Run `git checkout --theirs package-lock.json && npm install`',
  ],
  ['that is cut off', '{ "lockfileVersion": 3, "pack', 'error unreadable_lockfile package-lock.json:null', "isn't JSON"],
  ['of an old npm', '{ "lockfileVersion": 1 }', 'error unreadable_lockfile package-lock.json:null', 'npm 7 or newer'],
])('goes by what npm installed with a lockfile %s', async (_what, text, finding, message) => {
  await commit({ 'node_modules/.package-lock.json': lockfile() });
  const before = await closureOf('ints/shop');
  await (text === undefined ? rm(join(repository.root, 'package-lock.json')) : repository.write({ 'package-lock.json': text }));
  const code = await openCode(repository.root);
  expect(brief(code.findings)).toEqual([finding]);
  expect(code.findings[0]?.message).toContain(message);
  expect((await code.closure('ints/shop', [])).hash).toBe(before.hash);
  await rm(join(repository.root, 'node_modules'), { recursive: true });
  expect((await closureOf('ints/shop')).parts.get('pg')).toMatchObject({ hash: 'unlocked' });
});

it('counts thousands of files of a folder, of the integration or of its inputs', async () => {
  const count = process.env['CI'] ? 5000 : 1000;
  await commit(Object.fromEntries(Array.from({ length: count }, (_, index) => [`ints/dbt/models/m${index}.sql`, 'select 1\n'])));
  const before = await closureOf('ints/dbt');
  expect(before.parts.size).toBeGreaterThan(count);
  const other = await closureOf('ints/shop', ['../dbt/models/**/*.sql']);
  await repository.write({ 'ints/dbt/models/m999.sql': 'select 0\n' });
  expect((await closureOf('ints/dbt')).hash).not.toBe(before.hash);
  expect((await closureOf('ints/shop', ['../dbt/models/**/*.sql'])).hash).not.toBe(other.hash);
});

it('reads paths with unusual characters', async () => {
  const odd = ['tab\there', 'line\nbreak', '"quoted"', 'ünï 漢字', 'a@1.0', '%20', '#'];
  const files = (text: string) => Object.fromEntries(odd.map((name) => [`ints/dbt/models/${name}.sql`, text]));
  await commit({
    ...files('select 1\n'),
    'ints/bare/deployments.ts': "import './n%C3%A4me%20%23.ts?fresh';\nimport './[a]/{b}.ts';\n",
    'ints/bare/näme #.ts': '',
    'ints/bare/[a]/{b}.ts': '',
  });
  expect((await closureOf('ints/bare')).findings).toEqual([]);
  await repository.write(files('select 2\n'));
  const changed = await closureOf('ints/dbt');
  const hashes = new Set(odd.map((name) => changed.parts.get(`ints/dbt/models/${name}.sql`)?.hash));
  await repository.git('add', '-A');
  expect(hashes).toEqual(new Set([await repository.git('rev-parse', ':ints/dbt/models/%20.sql')]));
});

it('follows symbolic links inside of the workspace only', async () => {
  await commit({ '../linked.sql': 'select 1\n' });
  try {
    await Promise.all([
      symlink('../shared/sql', join(repository.root, 'ints/bare/sql')),
      symlink('../../../linked.sql', join(repository.root, 'ints/bare/linked.sql')),
      symlink('../shared', join(repository.root, 'ints/bare/lib')),
      symlink('.', join(repository.root, 'ints/bare/self')),
      symlink('round', join(repository.root, 'ints/bare/round')),
    ]);
    await repository.write({ 'ints/bare/deployments.ts': "import './lib/index.ts';\nimport './round';\n" });
    await repository.commit();
    const { parts, findings } = await closureOf('ints/bare');
    const files = [...parts.keys()].filter((name) => name.startsWith('ints/')).toSorted();
    expect(files).toEqual([
      'ints/bare/deployments.ts',
      'ints/bare/lib',
      'ints/bare/linked.sql',
      'ints/bare/round',
      'ints/bare/self',
      'ints/bare/sql',
      'ints/shared/constants.ts',
      'ints/shared/index.ts',
      'ints/shared/pages.ts',
      'ints/shared/sql/rows.sql',
    ]);
    expect(brief(findings)).toEqual(['warning missing_file ints/bare/deployments.ts:2']);
  } finally {
    await rm(join(repository.root, '../linked.sql'));
  }
});

it('hashes the content that git stores, whatever the line breaks on disk are', async () => {
  await commit({ '.gitattributes': '*.sql text eol=crlf\n' });
  const before = await closureOf('ints/dbt');
  await rm(join(repository.root, 'ints/dbt/models/mart.sql'));
  await repository.git('checkout', '-q', '.');
  expect((await closureOf('ints/dbt')).hash, 'checked out with CRLF').toBe(before.hash);
  await repository.write({ 'ints/dbt/models/mart.sql': 'select 30\r\n' });
  const changed = await closureOf('ints/dbt');
  expect(changed.hash).not.toBe(before.hash);
  await repository.commit();
  expect((await closureOf('ints/dbt')).hash, 'committed').toBe(changed.hash);
});

it('reports an input that matches nothing', async () => {
  await commit();
  const { findings } = await closureOf('ints/bare', ['../shared/slq/**', '../shared/sql/**']);
  expect(brief(findings)).toEqual(['warning unmatched_input ints/bare/deployments.ts:null']);
  expect(findings[0]?.message).toContain('"../shared/slq/**"');
});

it('reads files with conflicts as they stand on disk', async () => {
  await commit();
  const main = await repository.git('branch', '--show-current');
  await repository.git('checkout', '-q', '-b', 'other');
  await repository.write({ 'ints/shared/constants.ts': 'export const pageSize = 1;\n' });
  await repository.commit();
  await repository.git('checkout', '-q', main);
  await repository.write({ 'ints/shared/constants.ts': 'export const pageSize = 2;\n' });
  await repository.commit();
  await expect(repository.git('merge', '-q', 'other')).rejects.toThrow('merge -q other');
  const first = await closureOf('ints/shop');
  await repository.write({ 'ints/shared/constants.ts': 'export const pageSize = 3;\n' });
  expect((await closureOf('ints/shop')).hash).not.toBe(first.hash);
});

it('works in a workspace that is a folder of a larger repository', async () => {
  repository = await createRepository(Object.fromEntries(Object.entries(sampleWorkspace).map(([path, text]) => [`data/${path}`, text])));
  await repository.commit();
  const root = join(repository.root, 'data');
  const code = await openCode(root);
  const { parts, findings } = await code.closure('ints/shop', []);
  expect([findings, code.findings]).toEqual([[], []]);
  expect(parts.get('ints/shared/constants.ts')?.hash).toBe(await repository.git('rev-parse', 'HEAD:data/ints/shared/constants.ts'));
});
