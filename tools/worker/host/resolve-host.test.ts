import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { resolvePulledHost } from './resolve-host.ts';

let store: string;
beforeEach(() => {
  store = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-resolve-')));
});
afterEach(() => rmSync(store, { recursive: true, force: true }));

/** Makes a tree whose framework links its package @tributary/flow to a folder. @param at the folder of the package */
function makeTree(at: string): { readonly root: string; readonly framework: string } {
  const [root, framework] = [join(store, 'trees', 'one'), join(store, 'frameworks', 'one')];
  const link = join(framework, 'node_modules', '@tributary', 'flow');
  for (const folder of [root, dirname(link), join(store, at)]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(store, at, 'package.json'), JSON.stringify({ name: '@tributary/flow', exports: { './host': './host.js' } }));
  writeFileSync(join(store, at, 'host.js'), '');
  symlinkSync(join(store, at), link);
  symlinkSync(join(framework, 'node_modules'), join(root, 'node_modules'));
  return { root, framework };
}

describe('the host of fetched code', () => {
  it("is that of the tree's framework, and starts there", () => {
    const { root, framework } = makeTree('frameworks/one/tools/flow');
    const host = resolvePulledHost({ root, framework, name: 'commit a' });
    expect(host).toMatchObject({ file: join(framework, 'tools/flow/host.js'), root, cwd: framework });
  });

  it('is known by its framework and its Python environment', () => {
    const { root, framework } = makeTree('frameworks/one/tools/flow');
    const keyOf = () => resolvePulledHost({ root, framework, name: 'commit a' }).key;
    const without = keyOf();
    const python = join(store, 'python', 'one');
    mkdirSync(python, { recursive: true });
    symlinkSync(python, join(root, '.venv'));
    expect(keyOf()).not.toBe(without);
    expect(keyOf()).toBe(keyOf());
  });

  it('is refused outside of that framework, such as that of a worker', () => {
    const { root, framework } = makeTree('elsewhere/flow');
    expect(() => resolvePulledHost({ root, framework, name: 'commit a' })).toThrow(
      `The run host ${store}/elsewhere/flow/host.js isn't part of the framework of commit a, ${framework}.`,
    );
  });
});
