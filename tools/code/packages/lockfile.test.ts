import { describe, expect, it } from 'vitest';

import { checkEngines, readLockfile } from './lockfile.ts';

const code = { repository: 'https://github.com/acme/data.git', commit: 'a'.repeat(40), directories: [] };
const packages = {
  '': { workspaces: ['ints', 'tools/*'], engines: { node: '>=20' } },
  ints: { dependencies: { flow: '*', one: '1.0.0' }, devDependencies: { runner: '*' } },
  'node_modules/flow': { resolved: 'tools/flow', link: true },
  'node_modules/cli': { resolved: 'tools/cli', link: true },
  'node_modules/one': { version: '1.0.0', dependencies: { two: '1.0.0' } },
  'node_modules/one/node_modules/two': { version: '1.0.0', peerDependencies: { three: '*' } },
  'node_modules/two': { version: '2.0.0' },
  'node_modules/three': { version: '3.0.0' },
  'node_modules/runner': { version: '1.0.0' },
  'tools/flow': { name: 'flow', dependencies: { two: '2.0.0' } },
  'tools/cli': { name: 'cli', dependencies: { runner: '*' } },
};
const read = (changed: object = {}) => readLockfile(JSON.stringify({ lockfileVersion: 3, packages: { ...packages, ...changed } }), code);

describe('a lockfile', () => {
  it('says which packages of the workspace integrations may import', () => {
    expect(read()?.framework).toEqual(['tools/flow']);
    expect([...(read()?.workspaces.keys() ?? [])]).toEqual(['ints', 'tools/flow', 'tools/cli']);
  });

  it('has the packages that integrations may load, as Node finds them', () => {
    expect(read()?.packages.map(({ folder }) => folder)).toEqual([
      'ints',
      'node_modules/flow',
      'node_modules/one',
      'node_modules/one/node_modules/two',
      'node_modules/three',
      'node_modules/two',
      'tools/flow',
    ]);
  });

  it('means the same packages after a change that integrations never load', () => {
    expect(read({ 'node_modules/runner': { version: '2.0.0' } })?.packages).toEqual(read()?.packages);
    expect(read({ 'node_modules/three': { version: '3.1.0' } })?.packages).not.toEqual(read()?.packages);
  });

  it('of a repository without integrations means nothing', () => {
    expect(readLockfile(JSON.stringify({ lockfileVersion: 3, packages: { '': {} } }), code)).toBeUndefined();
  });

  it.each(['<<<<<<< HEAD', '{}', '{"lockfileVersion":1,"dependencies":{}}'])('that reads %s is refused with what to do', (text) => {
    expect(() => readLockfile(text, code)).toThrow("isn't a lockfile of npm 7 or newer. Run npm install in a clone");
  });

  it('may exclude a version of Node', () => {
    const lockfile = read({ ints: { ...packages.ints, engines: { node: '^26' } } });
    expect(lockfile?.engines).toEqual(['>=20', '^26']);
    expect(() => lockfile && checkEngines(lockfile, '24.21.0', code)).toThrow('needs Node ^26, and this worker has Node 24.21.0');
    expect(() => lockfile && checkEngines(lockfile, '26.1.0', code)).not.toThrow();
  });
});
