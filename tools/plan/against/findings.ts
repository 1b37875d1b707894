import type { Finding } from '@tributary/contract/nouns/plan';
import { placedMessage } from '@tributary/contract/error';
import { projectName } from '@tributary/contract/project-name';

import type { Closure } from '../closure/open-code.ts';
import type { Entry } from '../closure/tree.ts';
import { commitText } from '../commit-text.ts';
import type { Commit } from './find-commit.ts';
import type { CommitFault } from './load-commit.ts';
import type { Packages } from './packages.ts';

/** The most packages that a finding names. */
const mostNames = 3;

/** An integration whose deployments.ts of the commit can't be loaded. A place in it isn't one in the work tree, so the message has it. */
export function brokenCommit(commit: Commit, folder: string, { message, file, line }: CommitFault): Finding {
  const reason = placedMessage({ message, file: file ?? `${folder}/deployments.ts`, line: line ?? null });
  const text = `${folder} isn't compared, because its deployments.ts of ${commitText(commit)} can't be loaded: ${reason}`;
  return warning('broken_commit', text, { integration: projectName(folder) });
}

/** Tells that the commit was loaded with other packages than its own, if the difference concerns what was loaded. */
export function otherPackages(
  commit: Commit,
  closures: readonly Closure[],
  { here, there }: { readonly here: Packages; readonly there: Packages },
): Finding[] {
  const loaded = new Set(closures.flatMap(({ parts }) => [...parts.keys()]));
  const other = [...there.versions].filter((name) => loaded.has(name) && !here.versions.has(name)).toSorted();
  if (other.length === 0) return [];
  const names = `${other.slice(0, mostNames).join(', ')}${other.length > mostNames ? ` and ${other.length - mostNames} more` : ''}`;
  const text =
    `${capital(commitText(commit))} has other packages than this workspace (${names}). Its integrations were loaded with the packages ` +
    'that are installed here, so what they declare there may differ.';
  return [warning('other_packages', text, { file: 'package-lock.json' })];
}

/** Names submodules in the folders of loaded integrations, whose files a commit doesn't have. */
export function missingSubmodules(commit: Commit, entries: readonly Entry[], folders: readonly string[]): Finding[] {
  return entries.flatMap(({ path, kind }) => {
    const folder = folders.find((one) => path.startsWith(`${one}/`));
    if (kind !== 'module' || folder === undefined) return [];
    const text = `${path} is a submodule, whose files ${commitText(commit)} doesn't have. ${folder} was loaded there without them.`;
    return [warning('missing_submodule', text, { integration: projectName(folder) })];
  });
}

/** Warns that the commit isn't in the history of the work tree, so that what is newer there looks as if the work tree took it back. */
export function newerCommit(commit: Commit, command: string): Finding {
  const text =
    `${capital(commitText(commit))} isn't in the history of this work tree, so its own changes are shown as if they were taken back here. ` +
    `To see only the changes of this work tree, run \`${command}\`.`;
  return { ...warning('older_code', text, {}), command };
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function warning(code: Finding['code'], message: string, place: Partial<Pick<Finding, 'file' | 'integration'>>): Finding {
  return { code, severity: 'warning', message, file: null, line: null, integration: null, command: null, ...place };
}
