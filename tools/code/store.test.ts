import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openStage, token } from './test-support/stage.ts';

describe.concurrent('code of a commit', () => {
  it('is fetched once, with its folders and the files above them', async ({ onTestFinished }) => {
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
    expect(await stage.open().take(code)).toMatchObject({ root: held.root, tree: held.tree });
    expect(stage.server.seen.length).toBe(requests);
    expect(existsSync(join(stage.dir, 'work', 'x'))).toBe(false);
  });
});
