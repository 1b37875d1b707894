import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

import { TributaryError } from '@tributary/contract/error';
import { checkRepository } from '@tributary/contract/repository';

import { type Code, nameOf } from '../code.ts';
import type { RunGit } from '../fetch/open-remote.ts';
import type { Entry } from './list-entries.ts';

/** A commit of another repository that stands for a folder. */
export interface Submodule {
  /** the folder, relative to the repository that has it */
  readonly path: string;
  readonly repository: string;
  readonly commit: string;
}

/** What a commit says about the submodules in a folder that was checked out. */
export interface Submodules {
  readonly wanted: readonly Submodule[];
  /** the folders of those that .gitmodules leaves out, by `update = none` */
  readonly left: readonly string[];
}

const settingsFile = '.gitmodules';

/**
 * Reads where the submodules of a commit come from.
 * @param entries what the commit has
 * @param folder where it was checked out
 * @throws `crashed` if `.gitmodules` doesn't name a URL, or one that the store can't fetch from
 */
export async function readSubmodules(
  git: RunGit,
  code: Pick<Code, 'repository' | 'commit'>,
  entries: readonly Entry[],
  folder: string,
): Promise<Submodules> {
  const found = findSubmodules(entries, folder);
  if (found.length === 0) return { wanted: [], left: [] };
  const settings = await readSettings(git, code.commit, entries);
  const of = ({ path }: Entry): ReadonlyMap<string, string> | undefined => settings.find((one) => one.get('path') === path);
  return {
    wanted: found
      .filter((one) => of(one)?.get('update') !== 'none')
      .map((one) => ({ path: one.path, commit: one.id, repository: locate(one.path, of(one)?.get('url'), code) })),
    left: found.filter((one) => of(one)?.get('update') === 'none').map(({ path }) => path),
  };
}

/** Finds the submodules that were checked out, as empty folders. */
export function findSubmodules(entries: readonly Entry[], folder: string): Entry[] {
  const root = realpathSync(folder);
  return entries.filter(({ path, kind }) => {
    const place = join(root, path);
    // A broken commit may have a link in the way, which would lead out of the tree.
    return kind === 'submodule' && existsSync(place) && realpathSync(place) === place;
  });
}

/** Reads .gitmodules from the commit itself. @returns the settings of each submodule by their names */
async function readSettings(git: RunGit, commit: string, entries: readonly Entry[]): Promise<readonly ReadonlyMap<string, string>[]> {
  if (!entries.some(({ path, kind }) => path === settingsFile && kind === 'file')) return [];
  const settings = new Map<string, Map<string, string>>();
  for (const line of (await git(['config', `--blob=${commit}:${settingsFile}`, '--null', '--list'])).split('\0')) {
    const [, submodule = '', name = '', value = ''] = /^submodule\.(.*)\.([^.\n]*)\n(.*)$/s.exec(line) ?? [];
    if (name) settings.set(submodule, (settings.get(submodule) ?? new Map<string, string>()).set(name, value));
  }
  return [...settings.values()];
}

/** @returns the whole URL; one that begins with `./` or `../` is relative to the URL of the repository */
function locate(path: string, url: string | undefined, code: Pick<Code, 'repository' | 'commit'>): string {
  if (url === undefined)
    throw new TributaryError(
      'crashed',
      `${path} in ${nameOf(code)} is a submodule, but .gitmodules has no URL for it. Add it with git submodule add, or remove it: git rm --cached ${path}.`,
    );
  try {
    return checkRepository(/^\.\.?\//.test(url) ? new URL(url, `${code.repository}/`).href : url);
  } catch (cause) {
    throw new TributaryError(
      'crashed',
      `The submodule ${path} of ${nameOf(code)} has a URL in .gitmodules that can't be used. ${cause instanceof Error ? cause.message : ''}`,
      { cause },
    );
  }
}
