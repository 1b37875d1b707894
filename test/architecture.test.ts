import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** DESIGN: arrows point inwards only; packages of one ring never import each other. */
const ring = { contract: 0, flow: 1, server: 1, worker: 1, dbt: 2, cli: 3, 'nx-plugin': 3 } as const;
type Package = keyof typeof ring;

const isPackage = (name: string | undefined): name is Package => name !== undefined && name in ring;
const importPattern = /(?:\bfrom\s*|\bimport\s*\(?\s*)'([^']+)'/g;

const sources = globSync('{tools,ints}/**/*.ts', { cwd: root, exclude: (path) => /node_modules|templates/.test(String(path)) });
const edges = sources.flatMap((file) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(importPattern)].map(([, specifier = '']) => ({ file, specifier })),
);

/** The package that a specifier reaches, if it is one of ours. */
function target(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('@tributary/')) return specifier.split('/')[1];
  if (!specifier.startsWith('.')) return undefined;
  const [folder, name] = relative(root, resolve(root, dirname(file), specifier)).split('/');
  return folder === 'tools' ? name : undefined;
}

const isTest = (file: string) => /\.test(-d)?\.ts$|\/(test-support|fixtures)\//.test(file);

/** The worker's files and folders in rings, innermost first: a part imports from rings further in, and from itself; parts of one ring never import each other. */
const workerRings = [
  ['settings.ts', 'back-off.ts', 'held.ts'],
  ['pull', 'host', 'report'],
  ['watch', 'poll'],
  ['context.ts', 'stop.ts'],
  ['claim'],
  ['execute.ts'],
  ['start.ts'],
  ['index.ts'],
];

/** Imports between the parts of a package that don't point inwards, and parts that stand in no ring; type imports count. */
function wrongPartEdges(name: Package, rings: readonly (readonly string[])[]): string[] {
  const base = `tools/${name}/`;
  const ringOf = new Map(rings.flatMap((parts, index) => parts.map((part): [string, number] => [part, index])));
  return edges.flatMap(({ file, specifier }) => {
    if (!file.startsWith(base) || isTest(file) || !specifier.startsWith('.')) return [];
    const to = relative(root, resolve(root, dirname(file), specifier));
    const [from = '', part = ''] = [file, to].map((path) => path.slice(base.length).split('/')[0]);
    const [outer, inner] = [ringOf.get(from), ringOf.get(part)];
    if (outer !== undefined && inner !== undefined && (from === part || inner < outer)) return [];
    return [`${file} -> ${to}`];
  });
}

describe('the architecture', () => {
  it('sees the sources it judges', () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(edges.some(({ file, specifier }) => file.startsWith('tools/server/') && specifier.startsWith('@tributary/contract'))).toBe(true);
  });

  it('has arrows that point inwards only', () => {
    const wrong = edges.filter(({ file, specifier }) => {
      const from = file.split('/')[1];
      const to = target(file, specifier);
      if (!file.startsWith('tools/') || !isPackage(from) || to === undefined || to === from) return false;
      return !isPackage(to) || ring[to] >= ring[from];
    });
    expect(wrong).toEqual([]);
  });

  it('has arrows inside of the worker that point inwards only', () => {
    expect(wrongPartEdges('worker', workerRings)).toEqual([]);
  });

  it('lets integrations import only what authors use', () => {
    const wrong = edges.filter(({ file, specifier }) => {
      const to = target(file, specifier);
      return file.startsWith('ints/') && !isTest(file) && to !== undefined && to !== 'flow' && to !== 'dbt';
    });
    expect(wrong).toEqual([]);
  });

  it('keeps the contract free of everything but zod', () => {
    const wrong = edges.filter(
      ({ file, specifier }) => file.startsWith('tools/contract/') && !isTest(file) && !specifier.startsWith('.') && specifier !== 'zod',
    );
    expect(wrong).toEqual([]);
  });

  it("never pulls the run host into an author's import", () => {
    const wrong = edges.filter(
      ({ file, specifier }) =>
        /^tools\/flow\/(index\.ts|author\/|run\/)/.test(file) && !isTest(file) && /(^|\/)host(\.ts|\/)/.test(specifier),
    );
    expect(wrong).toEqual([]);
  });

  it('lets packages meet through their entries, not through relative paths', () => {
    const wrong = edges.filter(({ file, specifier }) => {
      const to = target(file, specifier);
      return file.startsWith('tools/') && specifier.startsWith('.') && to !== undefined && to !== file.split('/')[1];
    });
    expect(wrong).toEqual([]);
  });
});
