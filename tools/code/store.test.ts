import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { removeFolder } from './hold/remove-folder.ts';
import { openStage, token } from './test-support/stage.ts';
import { commitKey } from './tree/commits.ts';

describe.concurrent('code of a commit', () => {
  it('is fetched once, with its folders and the files above them (P#13114)', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({
      'README.md': 'root',
      'ints/requirements.local.txt': 'beside',
      'ints/shop/flows/api.ts': 'export const n = 1;',
      'ints/other/deployments.ts': 'other',
      'docs/page.md': 'page',
    });
    const store = stage.open();
    const code = stage.code(commit, 'ints/shop');
    expect(store.look(code)).toBe(false);
    const held = await store.take(code, { token, tell: stage.tell });
    expect(store.look(code)).toBe(true);
    expect(held).toMatchObject({ commit, framework: null });
    expect(readdirSync(held.root, { recursive: true }).toSorted()).toEqual([
      'README.md',
      'ints',
      'ints/requirements.local.txt',
      'ints/shop',
      'ints/shop/flows',
      'ints/shop/flows/api.ts',
    ]);
    expect(readFileSync(join(held.root, 'ints/shop/flows/api.ts'), 'utf8')).toBe('export const n = 1;');
    expect(statSync(join(held.root, 'README.md')).mode & 0o777).toBe(0o444);
    expect(statSync(held.root).mode & 0o777).toBe(0o555);
    expect(stage.lines).toEqual([`Fetching commit ${commit.slice(0, 12)} of ${stage.url}.`]);
    const requests = stage.server.seen.length;
    await stage.server.close();
    // Without git on its PATH, a take could start none.
    expect(await stage.open({ env: { PATH: stage.folder } }).take(code)).toMatchObject({ root: held.root, tree: held.tree });
    expect(stage.server.seen.length).toBe(requests);
  });

  it('is taken again by each run, beside what a broken run left, and never into the folder of another (P#10420)', async ({
    onTestFinished,
  }) => {
    const stage = await openStage(onTestFinished);
    const code = stage.code(await stage.push({ 'ints/shop/a.ts': '1' }), 'ints/shop');
    const left = join(stage.dir, 'work', commitKey(code), 'ints', 'shop');
    stage.open();
    mkdirSync(left, { recursive: true });
    writeFileSync(join(left, 'left.ts'), '');
    symlinkSync('../trees/left', join(stage.dir, 'commits', `${commitKey(code)}.tmp`));
    for (let run = 0; run < 3; run += 1) {
      const held = await stage.open().take(code, { token });
      expect(readdirSync(join(held.root, 'ints/shop'))).toEqual(['a.ts']);
      held.release();
    }
    expect(readdirSync(join(stage.dir, 'work'))).toEqual([]);
    expect(readdirSync(join(stage.dir, 'commits'))).toEqual([commitKey(code)]);
  });

  it('comes with a branch that moves on, or is rewritten, without a new clone (P#11546, P#16241)', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const store = stage.open();
    const take = async (): Promise<string> => {
      const commit = await store.resolve(stage.url, 'main', { token });
      const held = await store.take(stage.code(commit, 'ints/shop'), { token });
      held.release();
      return readFileSync(join(held.root, 'ints/shop/a.ts'), 'utf8');
    };
    const others = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`docs/page${at}/index.md`, String(at)]));
    await stage.push({ 'ints/shop/a.ts': '1', ...others });
    expect(await take()).toBe('1');
    const first = stage.server.sent();
    await stage.push({ 'ints/shop/a.ts': '2' });
    expect(await take()).toBe('2');
    await stage.git('update-ref', '-d', 'refs/heads/main');
    await stage.push({ 'ints/shop/a.ts': '3' });
    expect(await take()).toBe('3');
    expect(stage.server.sent() - first).toBeLessThan(first / 2);
    expect(readdirSync(join(stage.dir, 'objects')).length).toBe(1);
  });

  it('is fetched anew if somebody has removed the store meanwhile', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'ints/shop/a.ts': '1' });
    const store = stage.open();
    for (const remove of [stage.dir, join(stage.dir, 'trees')]) {
      (await store.take(stage.code(commit, 'ints/shop'), { token })).release();
      await removeFolder(remove);
      const { root, release } = await store.take(stage.code(commit, 'ints/shop'), { token });
      expect(existsSync(join(root, 'ints/shop/a.ts'))).toBe(true);
      release();
    }
  });
});
