import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** DESIGN: arrows point inwards only; packages of one ring never import each other. */
const ring = { contract: 0, flow: 1, server: 1, worker: 1, dbt: 2, cli: 3, 'nx-plugin': 3 } as const;
type Package = keyof typeof ring;

/**
 * The parts of a package, from the inside out: its folders, and the files beside them that folders import. Parts of one ring never import
 * each other. Types and imports that load late count. A package without a line here has no order yet.
 */
const parts: Partial<Record<Package, readonly (readonly string[])[]>> = {
  flow: [['engine'], ['run'], ['report', 'deploy'], ['author'], ['index.ts'], ['host']],
  server: [['orchestrate'], ['store'], ['runs'], ['schedule'], ['api', 'services']],
  worker: [
    ['settings.ts', 'back-off.ts', 'long-poll.ts'],
    ['pull', 'host', 'report'],
    ['watch', 'poll'],
    ['context.ts', 'stop.ts'],
    ['claim'],
    ['execute.ts'],
    ['start.ts'],
    ['index.ts'],
  ],
};

const isPackage = (name: string | undefined): name is Package => name !== undefined && name in ring;
const importPattern = /(?:\bfrom\s*|\bimport\s*\(?\s*)'([^']+)'/g;

const sources = globSync('{tools,ints}/**/*.ts', { cwd: root, exclude: (path) => /node_modules|templates/.test(String(path)) });
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');
const edges = sources.flatMap((file) => [...textOf(file).matchAll(importPattern)].map(([, specifier = '']) => ({ file, specifier })));

/** The package that a specifier reaches, if it is one of ours. */
function target(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('@tributary/')) return specifier.split('/')[1];
  if (!specifier.startsWith('.')) return undefined;
  const [folder, name] = relative(root, resolve(root, dirname(file), specifier)).split('/');
  return folder === 'tools' ? name : undefined;
}

/** The folder below the package's, or the file beside the folders. */
function partOf(path: string): string {
  return path.split('/')[2] ?? '';
}

const isTest = (file: string) => /\.test(-d)?\.ts$|\/(test-support|fixtures)\//.test(file);

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

  it.each(Object.entries(parts))('has arrows inside %s that point inwards only', (name, rings) => {
    const arrows = edges
      .filter(({ file, specifier }) => file.startsWith(`tools/${name}/`) && !isTest(file) && specifier.startsWith('.'))
      .map(({ file, specifier }) => ({ file, specifier, to: partOf(relative(root, resolve(root, dirname(file), specifier))) }));
    const ringOf = (part: string): number => rings.findIndex((ringParts) => ringParts.includes(part));
    const unknown = arrows.filter(({ file }) => file.split('/').length > 3 && ringOf(partOf(file)) === -1);
    expect(unknown, 'folders without a ring').toEqual([]);
    const wrong = arrows.filter(({ file, to }) => {
      const from = partOf(file);
      if (from === to || ringOf(from) === -1) return false;
      return ringOf(to) === -1 || ringOf(to) >= ringOf(from);
    });
    expect(wrong).toEqual([]);
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

  it("lets the server's store decide nothing: it imports the rules' types, and proposes no state", () => {
    const wrong = edges.filter(
      ({ file, specifier }) =>
        file.startsWith('tools/server/store/') && /\/(set-\w+-run-state|decide-\w+-run|decision-context)\.ts$/.test(specifier),
    );
    expect(wrong).toEqual([]);
  });

  it("keeps the server's SQL in its store: routes and services call the store's verbs", () => {
    const statement = /\b(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b|\b(tx|database)\.(get|all|run)\b|\/store\/filter\//;
    const others = sources.filter((file) => /^tools\/server\/(?!store\/)/.test(file) && !isTest(file));
    expect(others.filter((file) => statement.test(textOf(file)))).toEqual([]);
  });

  it("reads the server's columns by readJson alone, which knows their types", () => {
    // The first reads server.json, the second package.json.
    const files = new Set(['tools/server/store/database/lock.ts', 'tools/server/start.ts']);
    const wrong = sources.filter(
      (file) => file.startsWith('tools/server/') && !isTest(file) && !files.has(file) && /\bJSON\.parse\b/.test(textOf(file)),
    );
    expect(wrong).toEqual([]);
  });
});
