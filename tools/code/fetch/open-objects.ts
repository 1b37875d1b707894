import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Each fetch adds one or two packs. git gets slow with many, and to fetch one commit anew costs less than to repack. */
const mostPacks = 200;

/**
 * Opens the bare repository with a repository's objects. Removes what a killed git left in it: a left `shallow.lock` would end all later
 * fetches. The caller holds the repository's lock alone. The URL doesn't stand in it: git gets it by its environment.
 */
export function openObjects(folder: string): void {
  if (countPacks(folder) > mostPacks) rmSync(folder, { recursive: true, force: true });
  for (const name of ['objects/pack', 'objects/info', 'refs/heads', 'refs/held', 'info'])
    mkdirSync(join(folder, name), { recursive: true });
  removeLeft(folder, /\.lock$/);
  removeLeft(join(folder, 'refs', 'held'), /\.lock$/);
  removeLeft(join(folder, 'objects', 'pack'), /^tmp_|^\.tmp-/);
  if (!existsSync(join(folder, 'HEAD'))) {
    const config = '[core]\n\trepositoryformatversion = 1\n\tbare = true\n\tfilemode = true\n[extensions]\n\tpartialClone = origin\n';
    writeFileSync(join(folder, 'config'), config);
    writeFileSync(join(folder, 'HEAD'), 'ref: refs/heads/none\n');
  }
  const now = new Date();
  utimesSync(folder, now, now);
}

function countPacks(folder: string): number {
  const packs = join(folder, 'objects', 'pack');
  return existsSync(packs) ? readdirSync(packs).filter((name) => name.endsWith('.pack')).length : 0;
}

function removeLeft(folder: string, left: RegExp): void {
  for (const name of readdirSync(folder)) if (left.test(name)) rmSync(join(folder, name), { force: true });
}
