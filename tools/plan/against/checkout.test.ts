import { readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { listCommit } from '../closure/commit-tree.ts';
import { createRepository, type Repository } from '../test-support/repository.ts';
import { type Checkout, createCheckout } from './checkout.ts';

const cleanups: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(cleanups.map((remove) => remove())));

async function checkoutOf(repository: Repository, commit: string): Promise<Checkout> {
  const checkout = await createCheckout(repository.root, { commit, name: 'HEAD' });
  cleanups.push(() => repository.remove(), checkout.remove);
  return checkout;
}

describe('a checkout', () => {
  it('has the files of the commit, which only this user can read, and no link that leads out', async () => {
    const repository = await createRepository({ 'ints/a/b.txt': 'first', 'c.txt': 'c' });
    await repository.git('init', '-q');
    for (const [path, target] of Object.entries({ 'ints/in': 'a/b.txt', 'ints/out': '../../x', top: '/etc/passwd', git: '.git/config' })) {
      const id = await hashOf(repository, target);
      await repository.git('update-index', '--add', '--cacheinfo', `120000,${id},${path}`);
    }
    await repository.git('add', 'ints/a', 'c.txt');
    await repository.git('commit', '-q', '-m', 'Links');
    const commit = await repository.git('rev-parse', 'HEAD');
    await repository.write({ 'c.txt': 'changed' });
    const checkout = await checkoutOf(repository, commit);
    await checkout.write((await listCommit(repository.root, commit)) ?? []);
    expect((await readdir(checkout.root, { recursive: true })).toSorted()).toEqual(['c.txt', 'ints', 'ints/a', 'ints/a/b.txt', 'ints/in']);
    expect(await readlink(join(checkout.root, 'ints/in'))).toBe('a/b.txt');
    expect((await stat(checkout.root)).mode & 0o777).toBe(0o700);
    await checkout.remove();
    await expect(stat(checkout.root)).rejects.toThrow('ENOENT');
  });

  it('writes nothing outside of its folder, whatever the paths of a tree are', async () => {
    const repository = await createRepository({ 'a.txt': 'a' });
    const commit = await repository.commit();
    const [entry] = (await listCommit(repository.root, commit)) ?? [];
    const checkout = await checkoutOf(repository, commit);
    const paths = ['../escaped.txt', '/escaped.txt', 'a/../../escaped.txt', '.git/config', 'sub/.GIT/config', 'a//b'];
    await checkout.write(paths.map((path) => ({ path, kind: 'file' as const, id: entry?.id ?? '' })));
    expect(await readdir(checkout.root)).toEqual([]);
    expect(await readdir(join(checkout.root, '..'))).not.toContain('escaped.txt');
  });

  it('says how to get files that a partial clone lacks', async () => {
    const origin = await createRepository({ 'a.txt': 'old' });
    const commit = await origin.commit();
    await origin.write({ 'a.txt': 'new' });
    await origin.commit();
    await origin.git('config', 'uploadpack.allowFilter', 'true');
    await origin.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    const clone = await createRepository({});
    cleanups.push(() => origin.remove());
    await clone.git('clone', '-q', '--filter=blob:none', `file://${origin.root}`, '.');
    const checkout = await checkoutOf(clone, commit);
    const entries = (await listCommit(clone.root, commit)) ?? [];
    const text = await checkout.write(entries).then(
      () => '',
      (error: Error) => error.message,
    );
    const [, command = ''] = /Fetch them first: `git ([^`]+)`\.$/.exec(text) ?? [];
    await clone.git(...command.split(' '));
    await checkout.write(entries);
    expect(await readdir(checkout.root)).toEqual(['a.txt']);
  });
});

/** Stores the target of a link, and returns its id. */
async function hashOf(repository: Repository, target: string): Promise<string> {
  await repository.write({ target });
  const id = await repository.git('hash-object', '-w', 'target');
  return id;
}
