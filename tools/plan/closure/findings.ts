import { shellWord } from '@tributary/contract/shell-word';

import type { SharedFinding } from './part.ts';

/** Where an import stands. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

export function computedImport({ file, line }: Place): SharedFinding {
  return warning('computed_import', { file, line }, [
    'The argument of this import() is computed, so the code that it loads is unknown. A change of it goes unnoticed.',
    "Name the files in the deployment's option inputs.",
  ]);
}

export function missingFile(place: Place, specifier: string): SharedFinding {
  return warning('missing_file', place, [`"${specifier}" doesn't exist. Correct the path, or remove the import.`]);
}

export function unparsedFile(file: string, reason: string): SharedFinding {
  return warning('unparsed_file', { file, line: null }, [`The imports of this file can't be read: ${reason}.`]);
}

export function unknownFile(place: Place, path: string): SharedFinding {
  const command = `git add ${shellWord(path)}`;
  return warning('unknown_file', place, [`git doesn't know ${path}, so it exists here only. Run \`${command}\`.`], command);
}

export function ignoredFile(place: Place, path: string): SharedFinding {
  return warning('ignored_file', place, [`git ignores ${path}, so it exists here only. Take it out of .gitignore, or don't import it.`]);
}

export function fileOutside(place: Place, specifier: string): SharedFinding {
  return warning('unknown_file', place, [
    `"${specifier}" is outside of the workspace, so it exists here only. Move it into the workspace.`,
  ]);
}

/** @param lists the package.json files that could list the package */
export function unlistedPackage(place: Place, name: string, lists: readonly string[]): SharedFinding {
  const command = `npm i -w ints ${name}`;
  const where = lists.length === 1 ? `${lists[0]} doesn't list` : `none of ${lists.join(', ')} lists`;
  return {
    ...warning(
      'unlisted_package',
      place,
      [`This imports "${name}", but ${where} it: it may work here, and fail where only listed packages are installed. Run \`${command}\`.`],
      command,
    ),
    severity: 'error',
  };
}

export function unmatchedInput(integration: string, pattern: string): SharedFinding {
  return warning('unmatched_input', { file: `${integration}/deployments.ts`, line: null }, [
    `The option inputs names "${pattern}", but no file that git knows matches it. Correct the pattern; it is relative to ${integration}.`,
  ]);
}

export function noGit(reason: string): SharedFinding {
  return warning('no_git', { file: null, line: null }, [
    `The files of this workspace can't be listed by git: ${reason}. Generated files may count as code of deployments until git works here.`,
  ]);
}

export function missingLockfile(): SharedFinding {
  return warning(
    'unreadable_lockfile',
    { file: 'package-lock.json', line: null },
    ["This file is missing, so the versions of packages aren't fixed. Run `npm install` and commit the file."],
    'npm install',
  );
}

/** @param reason the end of a sentence about the file */
export function unreadableLockfile(reason: string, line: number | null, command: string): SharedFinding {
  const sentences = [`This file ${reason}. Run \`${command}\`, and commit the file.`];
  return {
    ...warning('unreadable_lockfile', { file: 'package-lock.json', line }, sentences, command),
    severity: 'error',
  };
}

function warning(
  code: SharedFinding['code'],
  { file, line }: { readonly file: string | null; readonly line: number | null },
  sentences: readonly string[],
  command: string | null = null,
): SharedFinding {
  return { code, severity: 'warning', message: sentences.join(' '), file, line, command };
}
