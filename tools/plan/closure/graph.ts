import { dirname, join } from 'node:path/posix';

import { messageOf } from '@tributary/contract/error';
import { type ParsedModule, parseModule } from '@tributary/flow/deploy';

import {
  computedImport,
  fileOutside,
  ignoredFile,
  missingFile,
  unknownFile,
  unlistedPackage,
  unmatchedInput,
  unparsedFile,
} from './findings.ts';
import { readAllowed } from './allowed-scripts.ts';
import { createListing } from './listing.ts';
import type { LockedPackage, Lockfile } from './lockfile.ts';
import type { Part, SharedFinding } from './part.ts';
import { resolveImport } from './resolve.ts';
import { hasProject, isScript, matchingFiles, ownFiles, packageFiles, pythonFiles } from './select-files.ts';
import type { Entry, Found, Tree } from './tree.ts';

/** What a file loads and calls, by git's id of its content. */
export type Parses = Map<string, ParsedModule>;

export interface GraphOptions {
  /** the workspace, an absolute path without symbolic links */
  readonly root: string;
  readonly tree: Tree;
  readonly lockfile: Lockfile;
  readonly parses: Parses;
}

/** What following a part finds. */
type Followed = Pick<Part, 'next' | 'findings' | 'calls'>;

const framework = '@tributary/flow';
/** The package that runs dbt, also in a project of another repository. */
const dbt = '@tributary/dbt';

/**
 * Makes the parts that the code of deployments consists of.
 * @returns a function that makes the code of the deployments of an integration
 */
export function createGraph({ root, tree, lockfile, parses }: GraphOptions): (integration: string, inputs: readonly string[]) => Part {
  const files = new Map<string, Part>();
  const packages = new Map<string, Part>();
  const patterns = new Map<string, Part>();
  const unlisted = createListing(tree);
  const scriptsOf = readAllowed(tree);

  const fileOf = (file: Pick<Entry, 'path' | 'id' | 'isExecutable'>): Part =>
    remember(files, file.path, () => {
      const { path, id } = file;
      return isScript(path) ? lazyPart({ name: path, hash: hashOfFile(file) }, () => follow(path, id)) : leaf(file);
    });

  const packageOf = (folder: string, name: string): Part => {
    const found = lockfile.find(folder, name);
    if (!found) return remember(packages, name, () => ({ name, hash: 'unlocked', isPackage: true, next: [], findings: [] }));
    const { location, version, local, dependencies } = found;
    const find = (): Followed => ({
      next: [
        ...(local ? packageFiles(tree, location).map(leaf) : []),
        ...dependencies.flatMap((dependency) => (lockfile.find(location, dependency) ? [packageOf(location, dependency)] : [])),
      ],
      findings: [],
    });
    const part = { name: `${found.name}@${version}`, hash: hashOfPackage(found, scriptsOf), isPackage: true };
    return remember(packages, location, () => lazyPart(part, find));
  };

  /** Finds what a file loads and calls. */
  const follow = (path: string, id: string): Followed => {
    const next = new Set<Part>();
    const findings: SharedFinding[] = [];
    let parsed: ParsedModule;
    try {
      parsed = remember(parses, id, () => parseModule(tree.read(path), path));
    } catch (error) {
      return { next: [], findings: [unparsedFile(path, messageOf(error))] };
    }
    for (const { specifier, line, kind } of parsed.imports) {
      const place = { file: path, line };
      if (specifier === null) {
        findings.push(computedImport(place));
        continue;
      }
      const target = resolveImport(root, path, specifier, kind);
      if (target === null) continue;
      if (target && 'package' in target) {
        next.add(packageOf(dirname(path), target.package));
        if (target.package === dbt) for (const file of pythonFiles(tree)) next.add(leaf(file));
        const lists = unlisted(path, target.package);
        if (lists) findings.push(unlistedPackage(place, target.package, lists));
        continue;
      }
      const found = target && tree.find(target.file);
      // A URL may name a folder, or a file that is yet to be written.
      if (kind === 'url' && found?.state !== 'tracked') continue;
      if (!found) findings.push(missingFile(place, specifier));
      else if (found.state === 'outside') findings.push(fileOutside(place, specifier));
      else {
        next.add(fileOf(found));
        for (const link of found.links ?? []) next.add(remember(files, link.path, () => leaf(link)));
        const stranger = strangers[found.state];
        if (stranger) findings.push(stranger(place, found.path));
      }
    }
    return { next: [...next], findings, calls: parsed.calls.map((call) => ({ ...call, file: path })) };
  };

  const matching = (integration: string, pattern: string): Part =>
    remember(patterns, join(integration, pattern), () => {
      const entries = matchingFiles(tree, join(integration, pattern));
      return group(
        entries.map((entry) => (entry.kind === 'file' ? fileOf(entry) : leaf(entry))),
        entries.length === 0 ? [unmatchedInput(integration, pattern)] : [],
      );
    });

  return (integration, inputs) => {
    const entry = tree.find(`${integration}/deployments.ts`);
    const own = ownFiles(tree, integration);
    const named = inputs.map((pattern) => matching(integration, pattern));
    const paths = [...own.map(({ path }) => path), ...named.flatMap(({ next }) => next.flatMap(({ name }) => name ?? []))];
    return group([
      ...(entry && entry.state !== 'outside' ? [fileOf(entry)] : []),
      packageOf(integration, framework),
      ...named,
      ...[...own, ...(hasProject(paths) ? pythonFiles(tree) : [])].map(leaf),
    ]);
  };
}

const strangers: Readonly<Record<Found['state'], ((place: { file: string; line: number }, path: string) => SharedFinding) | undefined>> = {
  tracked: undefined,
  outside: undefined,
  unknown: unknownFile,
  ignored: ignoredFile,
};

function leaf(file: Pick<Entry, 'path' | 'id' | 'isExecutable'>): Part {
  return { name: file.path, hash: hashOfFile(file), next: [], findings: [] };
}

/** Identifies the content of a file, and whether it may be executed. */
export function hashOfFile({ id, isExecutable = false }: Pick<Entry, 'id' | 'isExecutable'>): string {
  return isExecutable ? `${id} executable` : id;
}

/** Identifies the content of a package, and which install scripts it may run. */
export function hashOfPackage({ name, hash }: LockedPackage, scriptsOf: (name: string) => string): string {
  return `${hash}${scriptsOf(name)}`;
}

function group(next: readonly Part[], findings: readonly SharedFinding[] = []): Part {
  return { name: null, hash: '', next, findings };
}

/** Makes a part that is read and parsed when something first asks what it loads. */
function lazyPart(part: Omit<Part, keyof Followed>, find: () => Followed): Part {
  let found: Followed | undefined;
  const once = () => (found ??= find());
  return {
    ...part,
    get next() {
      return once().next;
    },
    get findings() {
      return once().findings;
    },
    get calls() {
      return once().calls ?? [];
    },
  };
}

function remember<Key, Value>(known: Map<Key, Value>, key: Key, make: () => Value): Value {
  const before = known.get(key);
  if (before !== undefined) return before;
  const made = make();
  known.set(key, made);
  return made;
}
