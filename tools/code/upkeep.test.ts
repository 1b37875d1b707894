import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import type { HeldCode } from './tree/hold-code.ts';
import { takeInChild } from './test-support/child.ts';
import { sampleWorkspace, startRegistry } from './test-support/sample-workspace.ts';
import { openStage, type Stage, token } from './test-support/stage.ts';
import { upkeepOf } from './upkeep.ts';

const hour = 3_600_000;

/** Writes into a read-only layer. */
function overwrite(path: string, text: string | Buffer): void {
  const folder = dirname(path);
  chmodSync(folder, 0o700);
  if (existsSync(path)) chmodSync(path, 0o600);
  const { atime, mtime } = existsSync(path) ? statSync(path) : { atime: new Date(), mtime: new Date() };
  writeFileSync(path, text);
  utimesSync(path, atime, mtime);
}

/** Changes a byte in the middle of each pack. */
function damagePacks(stage: Stage): void {
  const packs = join(stage.dir, 'objects', readdirSync(join(stage.dir, 'objects'))[0] ?? '', 'objects', 'pack');
  for (const name of readdirSync(packs).filter((one) => one.endsWith('.pack'))) {
    const bytes = readFileSync(join(packs, name));
    const at = Math.floor(bytes.length / 2);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at);
    overwrite(join(packs, name), bytes);
  }
}

describe.concurrent('what a store has', () => {
  it('is listed with its code, its size, its last use, and whether a process uses it', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const registry = await startRegistry();
    onTestFinished(() => registry.close());
    const commit = await stage.push({ ...sampleWorkspace({ registry }), 'ints/web/flow.ts': '' });
    const store = stage.open();
    const shop = await store.take(stage.code(commit, 'ints/shop'), { token });
    const web = await store.take(stage.code(commit, 'ints/web'), { token });
    web.release();
    const ago = new Date(Date.now() - hour);
    utimesSync(web.root, ago, ago);
    const layers = await upkeepOf(store, stage.env).list();
    const codeOf = (directory: string) => ({ repository: stage.url, commit, directories: [directory] });
    const [shopCode, webCode] = [codeOf('ints/shop'), codeOf('ints/web')];
    const tree = (key: string) => layers.find((layer) => layer.key === key);
    expect(tree(shop.tree)).toMatchObject({ kind: 'trees', inUse: true, code: [shopCode] });
    expect(tree(web.tree)).toMatchObject({ kind: 'trees', inUse: false, code: [webCode], usedAt: ago.getTime() });
    expect(layers.at(-1)?.key).toBe(web.tree);
    for (const kind of ['frameworks', 'packages'])
      expect(layers.filter((layer) => layer.kind === kind)).toMatchObject([
        { inUse: true, code: expect.arrayContaining([shopCode, webCode]) },
      ]);
    expect(layers.filter(({ kind }) => kind === 'objects')).toMatchObject([{ code: expect.arrayContaining([shopCode, webCode]) }]);
    expect(layers.every(({ bytes }) => bytes > 0)).toBe(true);
    shop.release();
    const later = await upkeepOf(store, stage.env).list();
    expect(later.filter(({ inUse }) => inUse)).toEqual([]);
  });

  it('is listed and used whatever a damaged disk has put into its records', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'ints/shop/flow.ts': '1' });
    const store = stage.open();
    const upkeep = upkeepOf(store, stage.env);
    const take = async (): Promise<string> => {
      const { root, release } = await store.take(stage.code(commit, 'ints/shop'), { token });
      release();
      return root;
    };
    const root = await take();
    const only = (folder: string): string => join(stage.dir, folder, readdirSync(join(stage.dir, folder))[0] ?? '');
    writeFileSync(only('names'), JSON.stringify({ repository: 'x', commit, directories: [] }));
    writeFileSync(only('sizes'), '1e999');
    const listed = await upkeep.list();
    expect(listed.toSorted((one, other) => (one.kind < other.kind ? -1 : 1))).toMatchObject([
      { kind: 'objects', code: [] },
      { kind: 'trees', code: [], bytes: 0 },
    ]);
    const link = only('commits');
    for (const target of ['../..', '../trees/']) {
      rmSync(link);
      symlinkSync(target, link);
      expect(await take()).toBe(root);
    }
    expect((await upkeep.prune(Date.now())).map(({ kind }) => kind).toSorted()).toEqual(['objects', 'trees']);
  });

  it('goes if no process uses it, and with it what only it needed', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const registry = await startRegistry();
    onTestFinished(() => registry.close());
    const first = await stage.push(sampleWorkspace({ registry }));
    const second = await stage.push({ ...sampleWorkspace({ registry, framework: '0.2.0' }) });
    const store = stage.open();
    const upkeep = upkeepOf(store, stage.env);
    const child = takeInChild(stage, first, onTestFinished);
    await child.printed('held ');
    const other = await store.take(stage.code(second, 'ints/shop'), { token });
    other.release();
    expect(await upkeep.prune(Date.now() - hour)).toEqual([]);
    // Only links stand here. A disk that was repaired, or a backup, may have put a file there.
    const stranger = join(stage.dir, 'commits', 'stranger');
    writeFileSync(stranger, '');
    const removed = await upkeep.prune(Date.now());
    expect(removed.map(({ kind }) => kind).toSorted()).toEqual(['frameworks', 'objects', 'packages', 'trees']);
    expect(removed.every(({ bytes }) => bytes > 0)).toBe(true);
    expect([store.look(stage.code(first, 'ints/shop')), store.look(stage.code(second, 'ints/shop'))]).toEqual([true, false]);
    await child.kill();
    expect((await upkeep.prune(Date.now())).map(({ kind }) => kind)).toEqual(['trees', 'frameworks', 'packages']);
    rmSync(stranger);
    for (const folder of ['trees', 'commits', 'names', 'manifests', 'sizes', 'objects'])
      expect(readdirSync(join(stage.dir, folder))).toEqual([]);
    expect(await upkeep.list()).toEqual([]);
  });
});

describe.concurrent('a store that is verified', () => {
  const take = (stage: Stage, commit: string): Promise<HeldCode> =>
    stage.open().take(stage.code(commit, 'ints/shop'), { token, tell: stage.tell });

  it('names each file that was changed, removed or added, whatever its size and time are', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const registry = await startRegistry();
    onTestFinished(() => registry.close());
    const commit = await stage.push({
      ...sampleWorkspace({ registry }),
      'ints/shop/same-size.ts': 'first',
      'ints/shop/gone.ts': '',
      'ints/shop/run.sh': 'x',
      'ints/shop/new\nline.ts': '',
    });
    const held = await take(stage, commit);
    held.release();
    const upkeep = upkeepOf({ dir: stage.dir }, stage.env);
    const usedAt = lstatSync(held.root).mtimeMs;
    const fresh = await upkeep.verify();
    expect([fresh.length, fresh.filter(({ condition, problems }) => condition !== 'whole' || problems.length > 0)]).toEqual([4, []]);
    overwrite(join(held.root, 'ints/shop/same-size.ts'), 'other');
    overwrite(join(held.root, 'ints/shop/out.csv'), 'written by a run');
    chmodSync(join(held.root, 'ints/shop/run.sh'), 0o755);
    // As root may leave it. To read it would never end.
    await promisify(execFile)('mkfifo', [join(held.root, 'ints/shop/pipe')]);
    rmSync(join(held.root, 'ints/shop/gone.ts'));
    overwrite(join(held.framework ?? '', '.packages/node_modules/tiny/index.js'), 'evil');
    const damaged = (await upkeep.verify()).filter(({ condition }) => condition === 'damaged');
    expect(damaged).toMatchObject([
      {
        kind: 'trees',
        key: held.tree,
        problems: [
          'ints/shop/gone.ts is missing',
          'ints/shop/out.csv was added',
          'ints/shop/pipe was added',
          'ints/shop/run.sh was changed',
          'ints/shop/same-size.ts was changed',
        ],
        removed: false,
      },
      { kind: 'packages', problems: ['node_modules/tiny/index.js was changed'], removed: false },
    ]);
    // A check doesn't count as a use of the code.
    expect(lstatSync(held.root).mtimeMs).toBe(usedAt);
    const ids = await stage.git('ls-tree', '-r', commit, 'ints/shop/flow.ts');
    expect(readFileSync(join(stage.dir, 'manifests', `trees-${held.tree}`), 'utf8')).toContain(
      `${ids.replace(/ blob /, ' ').replace(/\t.*/, '')}\t"ints/shop/flow.ts"`,
    );
  });

  it('is repaired: damaged layers are made anew by the next take, once no process uses them', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const registry = await startRegistry();
    onTestFinished(() => registry.close());
    const commit = await stage.push(sampleWorkspace({ registry }));
    const held = await take(stage, commit);
    const files = [join(held.root, 'ints/shop/flow.ts'), join(held.framework ?? '', '.packages/node_modules/tiny/index.js')];
    const before = files.map((path) => readFileSync(path, 'utf8'));
    for (const path of files) overwrite(path, 'throw new Error();');
    const upkeep = upkeepOf({ dir: stage.dir }, stage.env);
    const repair = async () => (await upkeep.verify({ repair: true })).filter(({ condition }) => condition !== 'whole');
    // The run that uses the tree uses its packages too, although it has the tree's lock alone.
    expect(await repair()).toMatchObject([
      { kind: 'trees', removed: false },
      { kind: 'packages', removed: false },
    ]);
    held.release();
    expect(await repair()).toMatchObject([
      { kind: 'trees', removed: true },
      { kind: 'packages', removed: true },
    ]);
    expect(stage.open().look(stage.code(commit, 'ints/shop'))).toBe(false);
    const again = await take(stage, commit);
    expect([again.root, files.map((path) => readFileSync(path, 'utf8'))]).toEqual([held.root, before]);
    expect(await repair()).toEqual([]);
  });

  it('has damaged packs made anew: by a repair, and by a take that needs them', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const first = await stage.push({ 'ints/shop/a.txt': 'first '.repeat(500), 'ints/web/a.txt': 'other' });
    (await take(stage, first)).release();
    const upkeep = upkeepOf({ dir: stage.dir }, stage.env);
    damagePacks(stage);
    const objects = (await upkeep.verify({ repair: true })).find(({ condition }) => condition === 'damaged');
    expect(objects).toMatchObject({ kind: 'objects', removed: true, problems: expect.arrayContaining([expect.stringMatching(/./)]) });
    expect(readdirSync(join(stage.dir, 'objects'))).toEqual([]);
    const second = await stage.push({ 'ints/shop/a.txt': 'second '.repeat(500) });
    (await take(stage, second)).release();
    damagePacks(stage);
    stage.lines.length = 0;
    // Another folder of a commit that is there: git reads the damaged pack.
    const web = await stage.open().take(stage.code(second, 'ints/web'), { token, tell: stage.tell });
    expect(readFileSync(join(web.root, 'ints/web/a.txt'), 'utf8')).toBe('other');
    expect(stage.lines).toContain(`The code store has damaged objects of ${stage.url}. They are fetched anew: check the disk.`);
    expect((await upkeep.verify()).filter(({ condition }) => condition !== 'whole')).toEqual([]);
  });

  it('is verified although a part of it goes meanwhile, and objects without packs are damaged', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'ints/shop/a.ts': '1' });
    (await take(stage, commit)).release();
    const upkeep = upkeepOf({ dir: stage.dir }, stage.env);
    const objects = join(stage.dir, 'objects', readdirSync(join(stage.dir, 'objects'))[0] ?? '');
    rmSync(join(objects, 'objects', 'pack'), { recursive: true });
    const damaged = await upkeep.verify();
    expect(damaged.map(({ kind, condition }) => [kind, condition])).toEqual([
      ['trees', 'whole'],
      ['objects', 'damaged'],
    ]);
    // It is listed by now.
    const verifying = upkeep.verify();
    rmSync(objects, { recursive: true });
    expect((await verifying).map(({ kind, condition }) => [kind, condition])).toEqual([['trees', 'whole']]);
  });

  it('says what has no record: layers of an older version, and those whose record was damaged', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'ints/shop/a.ts': '1' });
    const held = await take(stage, commit);
    held.release();
    const record = join(stage.dir, 'manifests', `trees-${held.tree}`);
    writeFileSync(record, readFileSync(record, 'utf8').replace('100644', '100755'));
    const upkeep = upkeepOf({ dir: stage.dir }, stage.env);
    expect((await upkeep.verify()).map(({ kind, condition }) => [kind, condition])).toEqual([
      ['trees', 'unproven'],
      ['objects', 'whole'],
    ]);
    await upkeep.verify({ repair: true });
    (await take(stage, commit)).release();
    expect((await upkeep.verify()).map(({ condition }) => condition)).toEqual(['whole', 'whole']);
  });
});
