import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it, vi } from 'vitest';

import { takeInChild } from './test-support/child.ts';
import { sampleWorkspace, startRegistry } from './test-support/sample-workspace.ts';
import { openStage, type Stage, token } from './test-support/stage.ts';

/** Lists the command lines that name a folder. */
const programsIn = (folder: string): string[] =>
  execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(folder) && !line.includes('take-in-child'));
const until = (holds: () => void): Promise<void> => vi.waitFor(holds, { timeout: 50_000, interval: 20 });
/** Counts fetches by their first requests. How many follow depends on the order: git asks twice for an older commit than those that are there. */
const fetchesOf = ({ server }: Stage): number => server.seen.filter(({ path }) => path.includes('/info/refs')).length;

describe('many takers', () => {
  it('of one new commit cause one fetch and one install, with the scripts that it allows, and each may leave (P#11187)', async ({
    onTestFinished,
  }) => {
    const [stage, registry] = [await openStage(onTestFinished), await startRegistry()];
    onTestFinished(registry.close);
    const commit = await stage.push(sampleWorkspace({ registry, allowScripts: { tiny: true, other: true, node: false } }));
    const store = stage.open();
    const cancel = new AbortController();
    const left = store.take(stage.code(commit, 'ints/shop'), { token, signal: cancel.signal });
    const taken = Array.from({ length: 10 }, () => store.take(stage.code(commit, 'ints/shop'), { token }));
    cancel.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    const held = await Promise.all(taken);
    expect(new Set(held.map(({ root }) => root)).size).toBe(1);
    // The commit, the tree's files, and the framework's files.
    expect(fetchesOf(stage)).toBe(3);
    expect(registry.seen).toEqual(['/tiny.tgz']);
    expect(readFileSync(join(held[0]?.framework ?? '', 'node_modules/tiny/built'), 'utf8')).toBe('built\n');
    for (const one of held) one.release();
  });

  it('of one new commit all read what happens, also those who come later', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'ints/shop/a.ts': '1' });
    const waiting: (() => void)[] = [];
    stage.server.setFault((_seen, _response, serve) => void waiting.push(serve));
    const store = stage.open();
    const first = store.take(stage.code(commit, 'ints/shop'), { token });
    await until(() => expect(waiting.length).toBe(1));
    const later = store.take(stage.code(commit, 'ints/shop'), { token, tell: stage.tell });
    stage.server.setFault(undefined);
    for (const serve of waiting) serve();
    for (const held of await Promise.all([first, later])) held.release();
    expect(stage.lines).toEqual([`Fetching commit ${commit.slice(0, 12)} of ${stage.url}.`]);
  });

  it('of ten commits fetch them one after the other, in one process or in two', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commits: string[] = [];
    for (let at = 0; at < 10; at += 1) commits.push(await stage.push({ 'ints/shop/a.ts': String(at) }));
    let [open, most] = [0, 0];
    stage.server.setFault((_seen, response, serve) => {
      most = Math.max(most, (open += 1));
      response.once('close', () => (open -= 1));
      serve();
    });
    const child = takeInChild(stage, commits[9] ?? '', onTestFinished);
    const store = stage.open();
    const held = await Promise.all(commits.map((commit) => store.take(stage.code(commit, 'ints/shop'), { token })));
    await child.printed(`held ${held[9]?.root}`);
    expect(held.map(({ root }) => readFileSync(join(root, 'ints/shop/a.ts'), 'utf8'))).toEqual(commits.map((_, at) => String(at)));
    expect(most).toBe(1);
    expect(fetchesOf(stage)).toBe(20);
  });

  it('in two processes wait for each other, and say for whom', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'ints/shop/a.ts': '1' });
    const waiting: (() => void)[] = [];
    stage.server.setFault((_seen, _response, serve) => void waiting.push(serve));
    const child = takeInChild(stage, commit, onTestFinished);
    await until(() => expect(waiting.length).toBe(1));
    const taken = stage.open().take(stage.code(commit, 'ints/shop'), { token, tell: stage.tell });
    const line = `Waiting for process ${child.process.pid} on this machine: fetching commit ${commit.slice(0, 12)} of ${stage.url}.`;
    await until(() => expect(stage.lines).toEqual([line]));
    stage.server.setFault(undefined);
    for (const serve of waiting) serve();
    const { root } = await taken;
    await child.printed(`held ${root}`);
    expect(fetchesOf(stage)).toBe(2);
  });
});

describe.concurrent('a process that is killed', () => {
  it.for([
    ['before the commit came', 0],
    ['while the commit comes', 1],
    ['before the files came', 2],
    ['while the files come', 3],
  ] as const)('%s leaves nothing that is in the way', async ([, request], { onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'package.json': '{}', 'ints/shop/a.ts': '1' });
    let requests = 0;
    stage.server.setFault((_seen, _response, serve) => {
      if (requests < request) serve();
      requests += 1;
    });
    const child = takeInChild(stage, commit, onTestFinished);
    await until(() => expect(requests).toBe(request + 1));
    await child.kill();
    stage.server.setFault(undefined);
    const store = stage.open();
    expect(store.look(stage.code(commit, 'ints/shop'))).toBe(false);
    const held = await store.take(stage.code(commit, 'ints/shop'), { token });
    expect(readdirSync(held.root)).toContain('package.json');
    await until(() => expect(programsIn(stage.dir)).toEqual([]));
    expect(readdirSync(join(stage.dir, 'work'))).toEqual([]);
    expect(readdirSync(join(stage.dir, 'locks')).filter((name) => name.includes('holder'))).toEqual([]);
    expect(readdirSync(join(stage.dir, 'trees'))).toEqual([held.tree]);
  });

  it('in npm leaves nothing that is in the way', async ({ onTestFinished }) => {
    const [stage, registry] = [await openStage(onTestFinished), await startRegistry()];
    onTestFinished(registry.close);
    const commit = await stage.push(sampleWorkspace({ registry }));
    registry.setStatus(0);
    const child = takeInChild(stage, commit, onTestFinished);
    await until(() => expect(registry.seen.length).toBe(1));
    await child.kill();
    expect(registry.endedAt()).toBe(0);
    registry.setStatus(200);
    const held = await stage.open().take(stage.code(commit, 'ints/shop'), { token });
    expect(existsSync(join(held.framework ?? '', 'node_modules/tiny/index.js'))).toBe(true);
    // The registry never answered the first npm: its request ended because it was killed.
    expect(registry.open()).toBe(0);
    expect(readdirSync(join(stage.dir, 'packages')).length).toBe(1);
  });

  it("leaves git's locks, which the next one removes", async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const [first, second] = [await stage.push({ 'ints/shop/a.ts': '1' }), await stage.push({ 'ints/shop/a.ts': '2' })];
    (await stage.open().take(stage.code(first, 'ints/shop'), { token })).release();
    const [objects = ''] = readdirSync(join(stage.dir, 'objects'));
    for (const name of ['shallow.lock', 'config.lock', `refs/held/${second}.lock`, 'objects/pack/tmp_pack_x'])
      writeFileSync(join(stage.dir, 'objects', objects, name), '');
    (await stage.open().take(stage.code(second, 'ints/shop'), { token })).release();
    expect(
      readdirSync(join(stage.dir, 'objects', objects), { recursive: true }).filter((name) => /\.lock$|tmp_/.test(String(name))),
    ).toEqual([]);
  });

  it('no longer keeps its trees', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'ints/shop/a.ts': '1' });
    const child = takeInChild(stage, commit, onTestFinished);
    await child.printed('held ');
    await child.kill();
    expect(stage.open().look(stage.code(commit, 'ints/shop'))).toBe(true);
  });
});

describe('a cancelled take', () => {
  it('ends git and its helpers, long before git would give up a server that never answers', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'ints/shop/a.ts': '1' });
    let isEnded = false;
    stage.server.setFault((_seen, response) => void response.once('close', () => (isEnded = true)));
    const cancel = new AbortController();
    const taken = stage.open().take(stage.code(commit, 'ints/shop'), { token, signal: cancel.signal });
    await until(() => expect(stage.server.seen.length).toBe(1));
    cancel.abort(new Error('cancelled'));
    await expect(taken).rejects.toThrow('cancelled');
    await until(() => expect(isEnded).toBe(true));
    await until(() => expect(readdirSync(join(stage.dir, 'work'))).toEqual([]));
  });
});
