import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, it } from 'vitest';

let root: string;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'tributary-packages-')));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

const packageIn = (folder: string, version: string) => ({
  [`${folder}/package.json`]: JSON.stringify({ name: 'pkg', type: 'module', exports: './index.js' }),
  [`${folder}/index.js`]: `export default '${version}';`,
});

it('each file gets the package that Node would give it, and a missing package is an error of each file that imports it', async () => {
  const user = "import version from 'pkg'; export default version;";
  const missing = "import 'absent';";
  await write({
    ...packageIn('node_modules/pkg', 'shared'),
    ...packageIn('ints/own/node_modules/pkg', 'own'),
    ...packageIn('ints/self', 'itself'),
    'ints/one/flows/a.mjs': user,
    'ints/two/flows/a.mjs': user,
    'ints/own/flows/a.mjs': user,
    'ints/self/flows/a.mjs': user,
    'ints/one/b.mjs': missing,
    'ints/two/b.mjs': missing,
    'main.mjs': `
      import { resolveQuickly } from ${JSON.stringify(join(import.meta.dirname, 'resolve-quickly.ts'))};
      const forget = resolveQuickly();
      const files = ['one/flows/a', 'two/flows/a', 'own/flows/a', 'self/flows/a', 'one/b', 'two/b'];
      const load = (file) => import('./ints/' + file + '.mjs').then((all) => all.default, (error) => error.message);
      console.log(JSON.stringify(await Promise.all(files.map(load))));
      forget();`,
  });
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'main.mjs')]);
  const absent = (integration: string) => `Cannot find package 'absent' imported from ${join(root, 'ints', integration, 'b.mjs')}`;
  expect(JSON.parse(stdout)).toEqual(['shared', 'shared', 'own', 'itself', absent('one'), absent('two')]);
});

it('each file has the URL and the format that Node would give it, and a missing file is an error', async () => {
  const url = 'export default import.meta.url;';
  const common = 'module.exports = require("node:path").basename(__filename);';
  await write({
    'esm/package.json': JSON.stringify({ type: 'module' }),
    'esm/first.js': url,
    'esm/real/second.js': url,
    'esm/an é.js': url,
    'esm/old/package.json': JSON.stringify({ type: 'commonjs' }),
    'esm/old/first.js': common,
    'esm/old/second.js': common,
    'format.mjs': `
      import { resolveQuickly } from ${JSON.stringify(join(import.meta.dirname, 'resolve-quickly.ts'))};
      const forget = resolveQuickly();
      const files = ['first', 'real/second', 'link/second', 'same', 'an é', 'real/../first', 'old/first', 'old/second', 'absent', 'real'];
      const load = (file) => import('./esm/' + file + '.js').then((all) => all.default, (error) => error.code);
      for (const file of files) console.log(await load(file));
      forget();`,
  });
  await symlink(join(root, 'esm', 'real'), join(root, 'esm', 'link'));
  await symlink(join(root, 'esm', 'first.js'), join(root, 'esm', 'same.js'));
  await mkdir(join(root, 'esm', 'real.js'));
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'format.mjs')]);
  const [first, second, encoded] = ['first.js', 'real/second.js', 'an é.js'].map((file) => pathToFileURL(join(root, 'esm', file)).href);
  const codes = ['ERR_MODULE_NOT_FOUND', 'ERR_UNSUPPORTED_DIR_IMPORT'];
  expect(stdout.trim().split('\n')).toEqual([first, second, second, first, encoded, first, 'first.js', 'second.js', ...codes]);
});
