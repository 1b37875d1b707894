import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { isTributaryError, messageOf } from '@tributary/contract/error';

import { openStore } from '../store.ts';
import { upkeepOf } from '../upkeep.ts';

/**
 * Takes code again and again on a small disk, with a little more space each time, until it works: `node take-on-full-disk.ts <dir>
 * <repository> <commit> <directories…>`, the token on standard input. Prints a line of JSON for each try. At last it removes the code while the
 * disk is full.
 */
const [dir = '', repository = '', commit = '', ...directories] = process.argv.slice(2);
const step = 32_768;
let token = '';
for await (const chunk of process.stdin.setEncoding('utf8')) token += String(chunk);
const store = openStore({ dir: join(dir, 'store'), env: process.env, patience: 0 });
const ballast = join(dir, 'ballast');
const listLeft = (): string[] =>
  ['trees', 'frameworks', 'packages', 'work', 'commits'].flatMap((kind) =>
    readdirSync(join(store.dir, kind)).map((name) => `${kind}/${name}`),
  );
/** Fills the disk, and leaves so many bytes. */
const fillUp = (free: number): void => {
  rmSync(ballast, { force: true });
  const { bavail, bsize } = statfsSync(dir);
  writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - free)));
};
for (let free = 0; ; free += step) {
  fillUp(free);
  try {
    const held = await store.take({ repository, commit, directories }, { token });
    const root = readdirSync(held.root, { recursive: true });
    held.release();
    fillUp(0);
    const upkeep = upkeepOf(store, process.env);
    const listed = await upkeep.list();
    const removed = await upkeep.prune(Date.now());
    console.log(JSON.stringify({ free, root, listed: listed.length, removed: removed.length, left: listLeft() }));
    break;
  } catch (error) {
    console.log(JSON.stringify({ free, code: isTributaryError(error) ? error.code : 'none', message: messageOf(error), left: listLeft() }));
  }
}
process.exit();
