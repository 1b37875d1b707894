import { globSync } from 'node:fs';
import { dirname } from 'node:path';

import { describe, expect, it } from 'vitest';

import { findCircles, imports, loadedBy, sources, textOf } from './imports.ts';
import { repository } from './support/workspace.ts';

/** The packages that each package may import. Imports point inwards only. */
const inward = {
  contract: [],
  flow: ['contract'],
  server: ['contract'],
  code: ['contract'],
  worker: ['contract', 'code'],
  dbt: ['contract', 'flow'],
  postgres: ['contract', 'flow'],
  plan: ['contract', 'flow', 'code'],
  cli: ['contract', 'flow', 'server', 'code', 'worker', 'plan', 'postgres'],
  'nx-plugin': ['contract', 'flow', 'server', 'code', 'worker', 'dbt', 'plan'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
type Package = keyof typeof inward;
/** The packages that integrations may import. */
const forIntegrations: ReadonlySet<string> = new Set(['flow', 'dbt', 'postgres']);
/** The packages that the tests of a package may import too. */
const inwardOfTests: Partial<Record<Package, readonly string[]>> = { plan: ['server'] };

/**
 * The parts of each package in rings, from the inside out. A part is a folder with the file of the same name beside it, or a single file.
 * `*` stands for all other files beside the folders. Parts of one ring never import each other. Type imports and dynamic imports count.
 */
const parts: Readonly<Record<Package, readonly (readonly string[])[]>> = {
  contract: [
    ['*'],
    ['nouns'],
    ['routes', 'schedule', 'waiting', 'fit-log.ts', 'schedule-text.ts', 'seen-text.ts', 'ticket.ts'],
    ['client', 'openapi'],
    ['index.ts'],
  ],
  flow: [['engine'], ['run'], ['report', 'deploy'], ['author'], ['index.ts'], ['host']],
  server: [['orchestrate'], ['store'], ['runs'], ['schedule'], ['api', 'services']],
  code: [
    ['code.ts'],
    ['place', 'hold'],
    ['fetch', 'packages', 'framework', 'copy'],
    ['tree'],
    ['add-layers.ts'],
    ['make-code.ts', 'open-clone.ts', 'list-stored.ts', 'verify-store.ts'],
    ['store.ts'],
    ['upkeep.ts', 'left-checkouts.ts'],
    ['index.ts'],
  ],
  worker: [
    ['settings.ts', 'back-off.ts', 'long-poll.ts'],
    ['pull', 'host', 'report'],
    ['watch', 'poll'],
    ['context.ts', 'stop.ts'],
    ['claim'],
    ['fetch'],
    ['checkout'],
    ['execute.ts'],
    ['start.ts'],
    ['index.ts'],
  ],
  dbt: [['read', 'prepare', 'queue'], ['run'], ['packages'], ['command.ts'], ['dbt.ts'], ['index.ts']],
  postgres: [['table'], ['connect', 'read'], ['load', 'read-rows'], ['cluster'], ['*'], ['index.ts']],
  cli: [
    ['print', 'name'],
    ['command'],
    ['engine', 'read'],
    ['server', 'work-pool', 'secret', 'variable'],
    ['watch', 'worker', 'doctor', 'work-queue', 'postgres'],
    ['deployment', 'dev', 'plan', 'index.ts'],
    ['flow-run', 'concurrency-limit', 'code'],
    ['artifact'],
    ['program.ts'],
    ['main.ts'],
    ['stay-lean.mjs'],
    ['bin.mjs'],
  ],
  plan: [
    ['commit-text.ts', 'few-at-once.ts', 'json-schema.ts', 'on-engine.ts', 'read-text.ts', 'replace-file.ts', 'routes.ts'],
    ['registry', 'load'],
    ['closure', 'merge'],
    ['storage'],
    ['plan'],
    ['own'],
    ['print', 'apply', 'findings', 'against'],
    ['plan-loaded.ts'],
    ['plan-workspace.ts', 'plan-against.ts', 'carry-settings.ts', 'locate-commit.ts', 'compare-commit.ts', 'apply-plan.ts', 'apply-one.ts'],
    ['run-projects.ts'],
    ['index.ts'],
  ],
  'nx-plugin': [['infer'], ['sync', 'execute', 'generate'], ['index.ts']],
};
/** The folders of the server's store in rings, from the inside out. */
const storeParts = [
  ['database', 'rows'],
  ['filter'],
  ['limits'],
  ['runs'],
  ['deployments', 'work-pools', 'settings', 'waiting'],
  ['reader'],
];

const isPackage = (name: string | undefined): name is Package => name !== undefined && name in inward;
const packageOf = (file: string): string | undefined => /^tools\/([^/]+)\//.exec(file)?.[1];

const edges = imports.filter(({ file }) => !file.startsWith('test/'));

/** Finds the part of a package that a file belongs to. */
function partOf(file: string): string {
  const [, name = '', part = ''] = file.split('/');
  const folder = part.replace(/\.ts$/, '');
  if (!isPackage(name)) return part;
  const known = new Set(parts[name].flat());
  if (known.has(folder)) return folder;
  return known.has(part) || isInFolder(file) || !known.has('*') ? part : '*';
}

const isInFolder = (file: string): boolean => file.split('/').length > 3;
const isTest = (file: string) => /\.test(-d)?\.ts$|\/test-support\//.test(file);

describe('the architecture', () => {
  it('sees the sources it judges', () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(edges.some(({ file, specifier }) => file.startsWith('tools/server/') && specifier.startsWith('@tributary/contract'))).toBe(true);
  });

  it('has arrows that point inwards only', () => {
    const wrong = edges.filter(({ file, to }) => {
      const from = packageOf(file);
      const reached = to && packageOf(to);
      if (!isPackage(from) || reached === undefined || reached === from) return false;
      const allowed: readonly string[] = [...inward[from], ...(isTest(file) ? (inwardOfTests[from] ?? []) : [])];
      return !allowed.includes(reached);
    });
    expect(wrong).toEqual([]);
  });

  it.each(Object.entries(parts))('has arrows inside %s that point inwards only', (name, rings) => {
    const arrows = edges.flatMap(({ file, specifier, to }) =>
      packageOf(file) === name && !isTest(file) && to !== undefined && packageOf(to) === name && !to.endsWith('.json')
        ? [{ file, specifier, from: partOf(file), to: partOf(to) }]
        : [],
    );
    const ringOf = (part: string): number => rings.findIndex((ringParts) => ringParts.includes(part));
    const unknown = arrows.filter(({ file, from }) => isInFolder(file) && ringOf(from) === -1);
    expect(unknown, 'folders without a ring').toEqual([]);
    const wrong = arrows.filter(({ from, to }) => {
      if (from === to || ringOf(from) === -1) return false;
      return ringOf(to) === -1 || ringOf(to) >= ringOf(from);
    });
    expect(wrong).toEqual([]);
  });

  it('has no circle of files, tests and types included', () => {
    expect(findCircles()).toEqual([]);
  });

  it('has file names that differ by more than the order of their words within a folder', () => {
    const sameWords = Map.groupBy(sources, (file) => {
      const [, folder, name = '', ending] = /^(.*)\/([^/.]+)(.*)$/.exec(file) ?? [];
      return `${folder}/${name.split('-').toSorted().join('-')}${ending}`;
    });
    expect([...sameWords.values()].filter((files) => files.length > 1)).toEqual([]);
  });

  it.each(globSync('tools/*/README.md', { cwd: repository }))(
    'finds each file that %s names for a change, in at most ten rows',
    (readme) => {
      const rows = /^\| to change \| open \|\n.*\n((?:\|.*\n)+)/m.exec(textOf(readme))?.[1]?.trim().split('\n') ?? [];
      expect(rows.length).toBeLessThanOrEqual(10);
      const named = rows.flatMap((row) => [...row.matchAll(/`([\w./-]+\.ts)`/g)].map(([, file = '']) => file));
      const files = sources.filter((file) => file.startsWith(dirname(readme)));
      expect(named.filter((name) => !files.some((file) => file.endsWith(`/${name}`)))).toEqual([]);
    },
  );

  it("has arrows inside the server's store that point inwards only", () => {
    const ringOf = (path: string): number => storeParts.findIndex((folders) => folders.includes(path.split('/')[3] ?? ''));
    const arrows = edges.flatMap(({ file, to = '' }) =>
      file.startsWith('tools/server/store/') && !isTest(file) && to.startsWith('tools/server/store/') && dirname(file) !== dirname(to)
        ? [{ file, to }]
        : [],
    );
    expect(arrows.length).toBeGreaterThan(50);
    expect(arrows.filter(({ file, to }) => ringOf(file) === -1 || ringOf(to) === -1 || ringOf(to) >= ringOf(file))).toEqual([]);
  });

  it('lets integrations import only what authors use', () => {
    const wrong = edges.filter(({ file, to }) => {
      const reached = to && packageOf(to);
      return file.startsWith('ints/') && !isTest(file) && reached !== undefined && !forIntegrations.has(reached);
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

  it('loads only what most runs need when a run host starts', () => {
    const late = new Set([
      // Runs that call a deployment, or a flow as a function, load the nouns and routes of the whole API: 55 ms of CPU.
      'tools/contract/routes.ts',
      'tools/contract/nouns/flow-run.ts',
      'tools/flow/run/children/create-deployment-run.ts',
      'tools/flow/run/children/wait-for-end.ts',
      'tools/flow/run/children/call-flow.ts',
      'tools/flow/report/create-child-in-process.ts',
    ]);
    const loaded = loadedBy('tools/flow/host/run-host.ts');
    expect(loaded).toContain('tools/flow/index.ts');
    expect(loaded.filter((file) => late.has(file))).toEqual([]);
  });

  it('lets packages import each other through their entries, not through relative paths', () => {
    const wrong = edges.filter(({ file, specifier, to }) => {
      const reached = to && packageOf(to);
      return specifier.startsWith('.') && reached !== undefined && reached !== packageOf(file);
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
    // Two files may call JSON.parse, because they read no columns: lock.ts reads server.json, and start.ts reads package.json.
    const files = new Set(['tools/server/store/database/lock.ts', 'tools/server/start.ts']);
    const wrong = sources.filter(
      (file) => file.startsWith('tools/server/') && !isTest(file) && !files.has(file) && /\bJSON\.parse\b/.test(textOf(file)),
    );
    expect(wrong).toEqual([]);
  });
});
