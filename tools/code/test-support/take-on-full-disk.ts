import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { isTributaryError, messageOf } from '@tributary/contract/error';

import { openStore } from '../store.ts';

/**
 * Takes code again and again on a small disk, with a little more space each time, until it works: `node take-on-full-disk.ts <dir>
 * <repository> <commit> <directories…>`, the token on standard input. Prints a line of JSON for each try.
 */
const [dir = '', repository = '', commit = '', ...directories] = process.argv.slice(2);
const step = 16_384;
let token = '';
for await (const chunk of process.stdin.setEncoding('utf8')) token += String(chunk);
const store = openStore({ dir: join(dir, 'store'), env: process.env, patience: 0 });
const ballast = join(dir, 'ballast');
const listLeft = (): string[] =>
  ['trees', 'frameworks', 'packages', 'work', 'commits'].flatMap((kind) =>
    readdirSync(join(store.dir, kind)).map((name) => `${kind}/${name}`),
  );
for (let free = 0; ; free += step) {
  rmSync(ballast, { force: true });
  const { bavail, bsize } = statfsSync(dir);
  writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - free)));
  try {
    const held = await store.take({ repository, commit, directories }, { token });
    console.log(JSON.stringify({ free, root: readdirSync(held.root, { recursive: true }) }));
    break;
  } catch (error) {
    console.log(JSON.stringify({ free, code: isTributaryError(error) ? error.code : 'none', message: messageOf(error), left: listLeft() }));
  }
}
process.exit();
