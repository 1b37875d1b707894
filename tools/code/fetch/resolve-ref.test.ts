import { describe, expect, it } from 'vitest';

import { openStage, token } from '../test-support/stage.ts';

describe.concurrent('a branch or a tag', () => {
  it('is at a commit, and may move', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const first = await stage.push({ a: '1' });
    await stage.git('tag', '-a', 'v1', '-m', 'one');
    await stage.git('tag', 'main');
    const store = stage.open();
    const second = await stage.push({ a: '2' });
    expect(await store.resolve(stage.url, 'main', { token })).toBe(second);
    expect(await store.resolve(stage.url, 'v1', { token })).toBe(first);
    const third = await stage.push({ a: '3' });
    expect(await store.resolve(stage.url, 'main', { token })).toBe(third);
    expect((await store.take(stage.code(third), { token })).commit).toBe(third);
  });

  it('that names a file, a folder or another tag is refused as such, and what the store has of the repository stays', async ({
    onTestFinished,
  }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ a: '1', 'b/c': '2' });
    const store = stage.open();
    (await store.take(stage.code(commit), { token })).release();
    await stage.git('tag', '-a', 'v1', '-m', 'one');
    await stage.git('tag', '-a', 'file', '-m', 'one', `${commit}:a`);
    await stage.git('tag', 'folder', `${commit}:b`);
    const ids = [
      await stage.git('rev-parse', 'v1'),
      await store.resolve(stage.url, 'file', { token }),
      await store.resolve(stage.url, 'folder', { token }),
    ];
    for (const [at, what] of ['a tag', 'a file', 'a folder'].entries()) {
      const id = ids[at] ?? '';
      // A process that was killed may have fetched it.
      for (let tries = 0; tries < 2; tries += 1)
        await expect(store.copy({ repository: stage.url, commit: id }, { name: 'run', token, tell: stage.tell })).rejects.toMatchObject({
          code: 'misuse',
          message: expect.stringContaining(`${id.slice(0, 12)} of ${stage.url} is ${what}, not a commit`),
        });
    }
    expect(stage.lines.join()).not.toContain('damaged');
    const { length } = stage.server.seen;
    (await store.take(stage.code(commit, 'b'), { token })).release();
    expect(stage.server.seen).toHaveLength(length);
  });

  it('that is missing, in an empty repository too, is refused with what to do', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const store = stage.open();
    const refused = {
      code: 'not_found',
      message: `${stage.url} has no branch or tag mian, or nothing was pushed to it yet. Check the name, or push the branch.`,
    };
    await expect(store.resolve(stage.url, 'mian', { token })).rejects.toMatchObject(refused);
    await stage.push({ a: '1' });
    await expect(store.resolve(stage.url, 'mian', { token })).rejects.toMatchObject(refused);
    await expect(store.resolve(stage.url, 'main')).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(store.resolve('git@host:a/b', 'main')).rejects.toMatchObject({ code: 'misuse' });
  });
});
