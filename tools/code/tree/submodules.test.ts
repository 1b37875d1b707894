import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { describe, expect, it } from 'vitest';

import { startGitServer } from '../test-support/git-server.ts';
import { openStage, type Stage, token } from '../test-support/stage.ts';

/** Adds submodules to the next commit of a stage. @param modules the commit and the URL of each by its path */
async function pushWith(
  stage: Stage,
  modules: Readonly<Record<string, readonly [commit: string, url: string | undefined, more?: string]>>,
): Promise<string> {
  const settings = Object.entries(modules).map(([path, [, url, more = '']]) =>
    url === undefined ? '' : `[submodule "the ${path}"]\n\tpath = ${path}\n\turl = ${url}\n${more}`,
  );
  await stage.push({ '.gitmodules': settings.join('') });
  for (const [path, [commit]] of Object.entries(modules))
    await stage.git('update-index', '--add', '--cacheinfo', `160000,${commit},${path}`);
  await stage.git('commit', '-q', '-m', 'Add submodules');
  return stage.git('rev-parse', 'HEAD');
}

const inner = { 'lib.py': 'print(1)', 'deep/two.py': 'print(2)' };
const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );
const take = (stage: Stage, commit: string, ...directories: string[]) =>
  stage.open().take({ ...stage.code(commit, ...directories), submodules: true }, { token, tell: stage.tell });

/** Makes the repository of a stage available to another one, at the same server. */
function serveAlso(stage: Stage, other: Stage, name: string): void {
  renameSync(join(other.folder, 'origin', 'acme', 'data.git'), join(stage.folder, 'origin', 'acme', name));
}

describe.concurrent('submodules', () => {
  it('of the needed folders are fetched, with their own, once for all commits that share them (P#15473)', async ({ onTestFinished }) => {
    const [stage, library, deep] = [await openStage(onTestFinished), await openStage(onTestFinished), await openStage(onTestFinished)];
    const last = await deep.push({ 'deepest.py': 'print(3)' });
    await library.push(inner);
    const commit = await pushWith(library, { 'their/own': [last, './../deep.git'] });
    serveAlso(stage, library, 'library.git');
    serveAlso(stage, deep, 'deep.git');
    await stage.push({ 'ints/shop/a.ts': '1', 'ints/other/b.ts': '1' });
    const modules = { 'ints/shop/lib': [commit, '../library.git'], 'ints/other/lib': ['d'.repeat(40), '../absent.git'] } as const;
    const first = await pushWith(stage, modules);
    const held = await take(stage, first, 'ints/shop');
    expect(readdirSync(join(held.root, 'ints/shop/lib'), { recursive: true }).toSorted()).toEqual([
      '.gitmodules',
      'deep',
      'deep/two.py',
      'lib.py',
      'their',
      'their/own',
      'their/own/deepest.py',
    ]);
    expect(stage.lines.slice(1)).toEqual([
      `Fetching the submodule ints/shop/lib: commit ${commit.slice(0, 12)} of ${stage.server.url}/acme/library.git.`,
      `Fetching the submodule ints/shop/lib/their/own: commit ${last.slice(0, 12)} of ${stage.server.url}/acme/deep.git.`,
    ]);
    expect(stage.server.seen.every(({ authorization }) => authorization !== undefined)).toBe(true);
    // Without them, the same commit has another tree.
    const bare = await stage.open().take(stage.code(first, 'ints/shop'), { token, tell: stage.tell });
    expect(readdirSync(join(bare.root, 'ints/shop/lib'))).toEqual([]);
    expect(stage.lines.at(-1)).toBe("These folders are empty, because these submodules aren't fetched: ints/shop/lib.");
    const requests = stage.server.seen.length;
    await stage.push({ 'ints/other/b.ts': '2' });
    const second = await take(stage, await pushWith(stage, modules), 'ints/shop');
    expect(second.root).toBe(held.root);
    // Its commit and its files: those of the submodules are there.
    expect(stage.server.seen.slice(requests).every(({ path }) => path.startsWith('/acme/data.git/'))).toBe(true);
    const own = await take(stage, first, 'ints/shop/lib');
    expect(readFileSync(join(own.root, 'ints/shop/lib/lib.py'), 'utf8')).toBe('print(1)');
  });

  it("at another host are fetched without the repository's token, and refused by name if they need one", async ({ onTestFinished }) => {
    const [stage, library] = [await openStage(onTestFinished), await openStage(onTestFinished)];
    const commit = await library.push(inner);
    const open = await startGitServer(join(library.folder, 'origin'));
    onTestFinished(() => open.close());
    await stage.push({ 'ints/shop/a.ts': '1' });
    const open1 = await pushWith(stage, { 'ints/shop/lib': [commit, `${open.url}/acme/data.git`] });
    const held = await take(stage, open1, 'ints/shop');
    expect(readFileSync(join(held.root, 'ints/shop/lib/lib.py'), 'utf8')).toBe('print(1)');
    expect(open.seen.map(({ authorization }) => authorization)).toEqual(open.seen.map(() => undefined));
    const closed1 = await pushWith(stage, { 'ints/shop/lib': [commit, library.url] });
    const error = await errorOf(take(stage, closed1, 'ints/shop'));
    expect(error).toMatchObject({
      code: 'unauthorized',
      message: `The submodule ints/shop/lib of commit ${closed1.slice(0, 12)} of ${stage.url} can't be fetched: ${new URL(library.url).host} has no ${library.url} that can be read without a token (401). The token is for ${new URL(stage.url).host}, and no other host gets it. Move the submodule there, or copy its files into the repository.`,
    });
    expect(inspect(error, { depth: 20 })).not.toContain(token);
    expect(library.server.seen.map(({ authorization }) => authorization)).toEqual(library.server.seen.map(() => undefined));
    expect(readdirSync(join(stage.dir, 'work'))).toEqual([]);
  });

  it('that redirect to another host are refused, and the token stays', async ({ onTestFinished }) => {
    const [stage, library] = [await openStage(onTestFinished), await openStage(onTestFinished, true)];
    const commit = await library.push(inner);
    await stage.push({ 'ints/shop/a.ts': '1' });
    const first = await pushWith(stage, { 'ints/shop/lib': [commit, '../moved.git'] });
    stage.server.setFault(({ path }, response, serve) => {
      if (path.startsWith('/acme/moved.git/'))
        response.writeHead(302, { Location: `${library.url}${path.slice('/acme/moved.git'.length)}` }).end();
      else serve();
    });
    await expect(take(stage, first, 'ints/shop')).rejects.toMatchObject({
      code: 'bad_answer',
      message: expect.stringMatching(/^The submodule ints\/shop\/lib of .* can't be fetched\. .*redirects to another host/),
    });
    expect(library.server.seen).toEqual([]);
  });

  it.for<[string, string | undefined, RegExp]>([
    [
      'no URL',
      undefined,
      /^ints\/shop\/lib in commit .* is a submodule, but \.gitmodules has no URL for it\. Add it with git submodule add/,
    ],
    [
      'a URL of ssh',
      'git@github.com:acme/lib.git',
      /^The submodule ints\/shop\/lib of .* Write https:\/\/github\.com\/acme\/lib\.git instead/,
    ],
    ['a command', 'ext::sh -c touch% x', /This one begins with ext:/],
    ['a folder', '/etc', /isn't a URL/],
    ['an option', '--upload-pack=touch x', /isn't a URL/],
  ])('with %s are refused', async ([, url, message], { onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    await stage.push({ 'ints/shop/a.ts': '1' });
    const commit = await pushWith(stage, { 'ints/shop/lib': ['a'.repeat(40), url] });
    await expect(take(stage, commit, 'ints/shop')).rejects.toMatchObject({ code: 'crashed', message: expect.stringMatching(message) });
    expect(readdirSync(join(stage.dir, 'trees'))).toEqual([]);
  });

  it('that .gitmodules leaves out stay empty, and are reported', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    await stage.push({ 'ints/shop/a.ts': '1' });
    const commit = await pushWith(stage, { 'ints/shop/lib': ['a'.repeat(40), '../lib.git', '\tupdate = none\n'] });
    const { root } = await take(stage, commit, 'ints/shop');
    expect(readdirSync(join(root, 'ints/shop/lib'))).toEqual([]);
    expect(stage.lines.at(-1)).toBe("These folders are empty, because these submodules aren't fetched: ints/shop/lib.");
  });

  it('with a link that leaves the repository are refused', async ({ onTestFinished }) => {
    const [stage, library] = [await openStage(onTestFinished), await openStage(onTestFinished)];
    const commit = await library.push(inner, { out: '../../../../etc' });
    serveAlso(stage, library, 'library.git');
    await stage.push({ 'ints/shop/a.ts': '1' });
    const first = await pushWith(stage, { 'ints/shop/lib': [commit, '../library.git'] });
    await expect(take(stage, first, 'ints/shop')).rejects.toMatchObject({
      code: 'crashed',
      message: expect.stringContaining('ints/shop/lib/out in commit'),
    });
  });
});
