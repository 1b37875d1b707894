import { createHash, hash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { createGate, through } from '@tributary/contract/gate';

import { type Layer, layerPath, manifestPath } from './layer.ts';

/** What a layer consists of: by path, git's mode and git's id of the content, `100644 <id>`. */
type Manifest = ReadonlyMap<string, string>;

/** A file or link of a layer that isn't as it was when the layer was made. */
export interface Difference {
  /** relative to the layer */
  readonly path: string;
  readonly change: 'added' | 'changed' | 'missing';
}

/** Python writes here beside what it imports, if the user may write everywhere, as root. */
const cache = /(^|\/)__pycache__\//;

/** How many files are open at a time. */
const lanes = 16;
/** Larger files are read in pieces, in bytes. */
const largest = 2 ** 22;

/** Records the content of a layer. @param folder where it was made */
export async function writeManifest(layer: Layer, folder: string): Promise<void> {
  const lines = [...(await readContent(folder))].map(([path, facts]) => `${facts}\t${JSON.stringify(path)}\n`);
  const text = lines.toSorted().join('');
  const temporary = `${manifestPath(layer)}.tmp`;
  writeFileSync(temporary, `${hash('sha256', text)}\n${text}`);
  renameSync(temporary, manifestPath(layer));
}

/**
 * Compares a layer with what was recorded when it was made. Sizes and times prove nothing, so all of it is read.
 * @returns undefined if there is no whole record
 */
export async function compareLayer(layer: Layer): Promise<Difference[] | undefined> {
  const before = readManifest(layer);
  if (!before) return undefined;
  const now = await readContent(layerPath(layer), readAny);
  const gone = [...before.keys()].filter((path) => !now.has(path));
  const other = [...now].filter(([path, facts]) => before.get(path) !== facts && !(cache.test(path) && !before.has(path)));
  return [
    ...gone.map((path) => ({ path, change: 'missing' as const })),
    ...other.map(([path]) => ({ path, change: before.has(path) ? ('changed' as const) : ('added' as const) })),
  ].toSorted((one, two) => (one.path < two.path ? -1 : 1));
}

function readManifest(layer: Layer): Manifest | undefined {
  const all = readRecord(layer);
  if (all === undefined) return undefined;
  const text = all.slice(all.indexOf('\n') + 1);
  if (all !== `${hash('sha256', text)}\n${text}`) return undefined;
  const lines = text.split('\n').slice(0, -1);
  return new Map(lines.map((line) => [String(JSON.parse(line.slice(line.indexOf('\t') + 1))), line.slice(0, line.indexOf('\t'))]));
}

function readRecord(layer: Layer): string | undefined {
  try {
    return readFileSync(manifestPath(layer), 'utf8');
  } catch {
    return undefined;
  }
}

async function readContent(root: string, read = readFacts): Promise<Manifest> {
  const gate = createGate(lanes);
  const entries = existsSync(root) ? await readdir(root, { withFileTypes: true, recursive: true }) : [];
  const found = await Promise.all(
    entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) =>
        through(gate, async () => {
          const path = join(entry.parentPath, entry.name);
          const facts = entry.isSymbolicLink() ? `120000 ${idOf(await readlink(path))}` : await read(path);
          return [relative(root, path).replaceAll(sep, '/'), facts] as const;
        }),
      ),
  );
  return new Map(found);
}

async function readFacts(path: string): Promise<string> {
  const { mode, size } = await stat(path);
  const content = createHash('sha1').update(`blob ${size}\0`);
  if (size > largest) await pipeline(createReadStream(path), content);
  else content.update(await readFile(path));
  return `${(mode & 0o111) === 0 ? '100644' : '100755'} ${content.digest('hex')}`;
}

/** Reads what stands in a layer by now. To read a pipe that a run of root has left there would never end. */
async function readAny(path: string): Promise<string> {
  return (await lstat(path)).isFile() ? readFacts(path) : 'special';
}

function idOf(text: string): string {
  return hash('sha1', `blob ${Buffer.byteLength(text)}\0${text}`);
}
