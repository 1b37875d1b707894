import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

import { messageOf, TributaryError } from '@tributary/contract/error';

import type { DbtOptions, Prepared } from '../prepare/prepare.ts';
import { lockFile } from '../prepare/read-packages.ts';
import { readProject } from '../prepare/read-project.ts';
import { inRuns } from '../prepare/run-folder.ts';
import type { SubCommand } from '../prepare/sub-command.ts';
import type { Surroundings } from '../run/surroundings.ts';
import { makeOwnFolder } from './own-folder.ts';

/** A project in a folder that only one command uses. */
export interface OwnProject {
  /** the options of the command, which lead to this folder */
  readonly options: DbtOptions;
  /** @throws `dbt` if a database file would be lost with the folder */
  check(database: Prepared['database']): void;
  /** Removes the folder. If this process is killed before, another command that has one does. */
  remove(): Promise<void>;
}

/**
 * Makes a folder for a project that needs packages in a folder that mustn't be written. The folder has the project's own folders, links to its
 * files, and links to what stands around it, so that all relative paths lead where they led before.
 * @returns undefined if dbt can use the project where it is
 */
export async function makeOwnProject(
  subCommand: SubCommand,
  options: DbtOptions,
  run: Surroundings['run'],
): Promise<OwnProject | undefined> {
  const projectDir = resolve(run.cwd, options.projectDir);
  // Most projects may be written. They are read once, when the command is prepared.
  const top = findFixed(projectDir, run.code?.tree);
  if (top === undefined) return undefined;
  const { packages } = readProject(projectDir, options.profilesDir && resolve(run.cwd, options.profilesDir), options.profile);
  if (!packages || (existsSync(packages.folder) && subCommand !== 'deps') || !isWithin(top, packages.folder)) return undefined;
  const { path, remove } = inRuns(run, makeOwnFolder);
  const ends = [projectDir, dirname(packages.folder)];
  try {
    mirror(top, path, (folder) => isWithin(projectDir, folder) || ends.some((end) => isWithin(folder, end)));
  } catch (error) {
    await remove();
    throw new TributaryError('storage', `The dbt project ${projectDir} can't be copied: ${messageOf(error)}. Check ${path}.`, {
      cause: error,
    });
  }
  const own = join(path, relative(top, projectDir));
  const executable = options.executable === undefined ? {} : { executable: resolve(projectDir, options.executable) };
  return {
    options: { ...options, projectDir: own, ...executable },
    check({ files }) {
      const lost = files.find((file) => isWithin(path, file) && !existsSync(file));
      if (lost === undefined) return;
      throw new TributaryError(
        'dbt',
        `The profile of ${projectDir} has the database file ${relative(own, lost)} in the code's folder, which is read-only. Write path: "{{ env_var('TRIBUTARY_DATA_DIR') }}/${basename(lost)}" in profiles.yml.`,
      );
    },
    remove,
  };
}

/**
 * Finds the topmost folder above a project that mustn't be written: other runs use fetched code too, and root may write everywhere.
 * @param tree the name of the folder with the code that this run was fetched with
 */
function findFixed(folder: string, tree: string | undefined): string | undefined {
  const names = folder.split(sep);
  if (tree !== undefined && names.includes(tree)) return names.slice(0, names.indexOf(tree) + 1).join(sep);
  if (may(folder, constants.W_OK) || !may(folder, constants.R_OK)) return undefined;
  return dirname(folder) === folder ? folder : (findFixed(dirname(folder), tree) ?? folder);
}

function may(folder: string, mode: number): boolean {
  try {
    accessSync(folder, mode);
    return true;
  } catch {
    return false;
  }
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Makes a folder whose entries are links, except for the folders that are meant. `dbt deps` may write the lock file. */
function mirror(from: string, to: string, isMeant: (folder: string) => boolean): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory() && isMeant(source)) mirror(source, target, isMeant);
    else if (entry.name === lockFile) writeFileSync(target, readFileSync(source));
    else symlinkSync(source, target);
  }
}
