import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { takeInChild } from '../test-support/child.ts';
import { openStage, token } from '../test-support/stage.ts';

const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n';

describe.concurrent('a tree', () => {
  it.for([['/etc/passwd'], ['../../../outside'], ['../../..']])(
    'with a symbolic link to %s is refused by the name of the link',
    async ([target = ''], { onTestFinished }) => {
      const stage = await openStage(onTestFinished);
      const commit = await stage.push({ 'ints/shop/a.ts': '1' }, { 'ints/shop/leaves': target });
      await expect(stage.open().take(stage.code(commit, 'ints/shop'), { token })).rejects.toMatchObject({
        code: 'crashed',
        message: expect.stringMatching(/^ints\/shop\/leaves in commit .* is a symbolic link that leaves the repository/),
      });
      expect(readdirSync(join(stage.dir, 'trees'))).toEqual([]);
    },
  );

  it('with a link that leaves it by way of another link is refused', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const links = { 'ints/shop/top': '../..', 'ints/shop/leaves': 'top/../../trees' };
    const commit = await stage.push({ 'ints/shop/a.ts': '1' }, links);
    await expect(stage.open().take(stage.code(commit, 'ints/shop'), { token })).rejects.toMatchObject({
      code: 'crashed',
      message: expect.stringMatching(/^ints\/shop\/leaves in commit .* is a symbolic link that leaves the repository/),
    });
  });

  it.for([['x/up/../..'], ['x/up/../packages/not-there-yet']])(
    'with a link to %s, which leaves it by way of another link, is refused by the name of the link',
    async ([target = ''], { onTestFinished }) => {
      const stage = await openStage(onTestFinished);
      const links = { 'ints/shop/x/up': '../../..', 'ints/shop/leaves': target };
      const commit = await stage.push({ 'ints/shop/x/a.ts': '1' }, links);
      await expect(stage.open().take(stage.code(commit, 'ints/shop'), { token })).rejects.toMatchObject({
        message: expect.stringMatching(/^ints\/shop\/leaves in commit .* is a symbolic link that leaves the repository/),
      });
    },
  );

  it('reports links that go in a circle, and keeps links by way of others', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const links = { 'ints/shop/x/up': '..', 'ints/shop/b.ts': 'x/up/a.ts', 'ints/shop/one': 'two/two', 'ints/shop/two': 'one/one' };
    const commit = await stage.push({ 'ints/shop/a.ts': '1', 'ints/shop/x/a.ts': '2' }, links);
    const { root } = await stage.open().take(stage.code(commit, 'ints/shop'), { token, tell: stage.tell });
    expect(readFileSync(join(root, 'ints/shop/b.ts'), 'utf8')).toBe('1');
    expect(stage.lines.at(-1)).toBe("These links lead to files that aren't in the fetched folders: ints/shop/one, ints/shop/two.");
  });

  it("isn't shared by commits whose files may be executed in the one, and not in the other", async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const plain = await stage.push({ 'run.sh': '#!/bin/sh\n', 'ints/tool.sh': '#!/bin/sh\n', 'ints/shop/a.ts': '1' });
    await stage.git('update-index', '--chmod=+x', 'run.sh', 'ints/tool.sh');
    await stage.git('commit', '-q', '-m', 'Make executable');
    const modes = [];
    for (const commit of [plain, await stage.git('rev-parse', 'HEAD')]) {
      const { root } = await stage.open().take(stage.code(commit, 'ints/shop'), { token });
      modes.push(['run.sh', 'ints/tool.sh'].map((path) => statSync(join(root, path)).mode & 0o777));
    }
    expect(modes).toEqual([
      [0o444, 0o444],
      [0o555, 0o555],
    ]);
  });

  it.for([['.venv'], ['node_modules'], ['ints/node_modules']])(
    'with a committed %s, whatever it is, is refused with what to do',
    async ([path = ''], { onTestFinished }) => {
      const stage = await openStage(onTestFinished);
      const commit = await stage.push(
        { 'ints/shop/a.ts': '1', 'vendor/a.js': '1' },
        { [path]: path.includes('/') ? '../vendor' : 'vendor' },
      );
      await expect(stage.open().take(stage.code(commit), { token })).rejects.toMatchObject({
        code: 'crashed',
        message: expect.stringMatching(new RegExp(`^commit .* has ${path}\\. .*: git rm -r --cached ${path}\\.$`)),
      });
    },
  );

  it('keeps a link to a file beside it', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'ints/shop/a.ts': '1', 'shared.sql': 'select 1' }, { 'ints/shop/b.sql': '../../shared.sql' });
    const { root } = await stage.open().take(stage.code(commit, 'ints/shop'), { token });
    expect(readFileSync(join(root, 'ints/shop/b.sql'), 'utf8')).toBe('select 1');
  });

  it('with a pointer of Git LFS in place of code is refused by its name', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'ints/shop/big.sql': pointer });
    await expect(stage.open().take(stage.code(commit, 'ints/shop'), { token })).rejects.toMatchObject({
      code: 'crashed',
      message: expect.stringMatching(/^ints\/shop\/big\.sql in commit .* is a pointer of Git LFS.*git lfs migrate export/),
    });
  });

  it('with a pointer of Git LFS in place of data, a link to another folder, and a submodule reports all by name', async ({
    onTestFinished,
  }) => {
    const stage = await openStage(onTestFinished);
    await stage.push({ 'ints/shop/data.parquet': pointer, 'shared/a.sql': 'select 1' }, { 'ints/shop/a.sql': '../../shared/a.sql' });
    await stage.git('update-index', '--add', '--cacheinfo', `160000,${'c'.repeat(40)},ints/shop/theirs`);
    await stage.git('commit', '-q', '-m', 'Add a submodule');
    const commit = await stage.git('rev-parse', 'HEAD');
    await stage.open().take(stage.code(commit, 'ints/shop'), { token, tell: stage.tell });
    expect(stage.lines.slice(1)).toEqual([
      "Pointers of Git LFS stand in place of these files, which aren't fetched: ints/shop/data.parquet.",
      "These links lead to files that aren't in the fetched folders: ints/shop/a.sql.",
      "These folders are empty, because these submodules aren't fetched: ints/shop/theirs.",
    ]);
  });

  it('with more files than a process may open is taken nevertheless', { timeout: 60_000 }, async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const models = Array.from({ length: 600 }, (_, at) => [`ints/shop/${at}.sql`, `select ${at} as ${'n'.repeat(60)}`] as const);
    const commit = await stage.push(Object.fromEntries(models));
    const child = takeInChild(stage, commit, onTestFinished, 200);
    await child.printed('held ');
    expect(child.output()).not.toContain('EMFILE');
  });

  it('with a name that is not UTF-8 is refused by that name', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    await stage.push({ 'ints/shop/a.ts': '1' });
    for (const path of ['ints/shop/caf', 'ints/shop/caf/b']) {
      const id = await stage.git('rev-parse', 'HEAD:ints/shop/a.ts');
      // Node decodes arguments and output as UTF-8, so a shell writes the name.
      await promisify(execFile)(
        'sh',
        ['-c', `printf '100644 blob ${id}\\t${path.replace('caf', 'caf\\351')}\\n' | git update-index --index-info`],
        {
          env: { ...stage.env, GIT_DIR: join(stage.folder, 'origin/acme/data.git') },
        },
      );
      await stage.git('commit', '-q', '-m', 'Add a name in Latin-1');
      const commit = await stage.git('rev-parse', 'HEAD');
      await expect(stage.open().take(stage.code(commit, 'ints/shop'), { token })).rejects.toMatchObject({
        code: 'crashed',
        message: expect.stringMatching(/^ints\/shop\/caf\uFFFD in commit .* has a name that isn't UTF-8\. .*git mv/),
      });
      await stage.git('reset', '-q', '--soft', 'HEAD~1');
      await stage.git('read-tree', 'HEAD');
    }
    expect(readdirSync(join(stage.dir, 'work'))).toEqual([]);
  });

  it('runs no filter and no hook, and heeds no configuration of the user', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const hit = join(stage.folder, 'hit');
    const config = `[filter "x"]\n\tsmudge = touch ${hit}\n\trequired = true\n[core]\n\thooksPath = ${stage.folder}\n\tfsmonitor = touch ${hit}\n`;
    const commit = await stage.push({ '.gitattributes': '*.ts filter=x', 'ints/shop/a.ts': '1\n' });
    writeFileSync(join(stage.folder, '.gitconfig'), config);
    mkdirSync(join(stage.folder, '.config', 'git'), { recursive: true });
    writeFileSync(join(stage.folder, '.config', 'git', 'attributes'), '* text eol=crlf\n');
    const held = await stage.open().take(stage.code(commit, 'ints/shop'), { token });
    expect(readFileSync(join(held.root, 'ints/shop/a.ts'), 'utf8')).toBe('1\n');
    expect(readdirSync(stage.folder)).not.toContain('hit');
  });

  it('may have files whose names look like patterns of git', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'ints/shop/a.ts': '1', ':(top)x': '2', ':!ints': '3' });
    const { root } = await stage.open().take(stage.code(commit, 'ints/shop'), { token });
    expect(readdirSync(root).toSorted()).toEqual([':!ints', ':(top)x', 'ints']);
  });

  it('without named folders is the whole repository', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'a/b.sh': '1', 'c/d': '2', e: '3' });
    const { root } = await stage.open().take(stage.code(commit), { token });
    expect(readdirSync(root, { recursive: true }).toSorted()).toEqual(['a', 'a/b.sh', 'c', 'c/d', 'e']);
  });

  it('is shared by commits whose folders are the same, and not by others', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const first = await stage.push({ 'ints/shop/a.ts': '1', 'ints/other/b.ts': '1' });
    const second = await stage.push({ 'ints/other/b.ts': '2' });
    const third = await stage.push({ 'ints/shop/a.ts': '3' });
    const store = stage.open();
    const trees = [];
    for (const commit of [first, second, third]) trees.push((await store.take(stage.code(commit, 'ints/shop'), { token })).root);
    expect(trees[1]).toBe(trees[0]);
    expect(trees[2]).not.toBe(trees[0]);
    expect(readdirSync(join(stage.dir, 'trees')).length).toBe(2);
    expect(statSync(join(trees[2] ?? '', 'ints/shop/a.ts')).isFile()).toBe(true);
  });
});
