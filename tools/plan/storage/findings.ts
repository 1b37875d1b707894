import type { Finding } from '@tributary/contract/nouns/plan';
import { shortHash } from '@tributary/contract/short-hash';
import { secretEnvironmentName } from '@tributary/flow/deploy';

import type { SharedFinding } from '../closure/part.ts';
import { type EngineOptions, onEngine } from '../on-engine.ts';

/** The file with the settings of the storage. */
const settingsFile = 'nx.json';
/** The most files that a sentence names. */
const mostFiles = 5;

/** @param reason a sentence that says what is wrong, and what to do */
export function unusableRepository(reason: string): SharedFinding {
  return error('unusable_repository', reason, { file: settingsFile });
}

/** @param files the files that differ, each with how it differs */
export function uncommittedCode(integration: string, commit: string, files: readonly string[]): SharedFinding {
  return error(
    'uncommitted_code',
    `The code of ${integration} differs from commit ${shortHash(commit)}, which workers would fetch: ${list(files)}. Commit and push it, or deploy with \`--storage folder\`.`,
  );
}

/** @param why the reason, as a sentence with what to do */
export function unfetchableCommit(why: string, command: string | null): SharedFinding {
  return error('unfetchable_commit', `Workers may not be able to fetch this code. ${why}`, { command });
}

/** A commit that can be planned, and that no deploy takes, such as that of a pull request. */
export function unmergedCommit(repository: string, commit: string): SharedFinding {
  const message =
    `No branch or tag of ${repository} reaches commit ${shortHash(commit)}, as in the checks of a pull request. This plan shows what its code would change. ` +
    'A deploy of this commit is refused: deploy once the code is merged.';
  return { ...error('unfetchable_commit', message), severity: 'warning' };
}

export function missingSecret(name: string, engine: EngineOptions): SharedFinding {
  const command = onEngine(`secret set ${name}`, engine);
  return error(
    'missing_secret',
    `The engine has no secret "${name}", which ${settingsFile} names as the token, so workers could not fetch code. Run \`${command}\`, which reads the token from standard input.`,
    { file: settingsFile, command },
  );
}

export function unreadableSecret(name: string): SharedFinding {
  return unfetchableCommit(
    `The engine doesn't let you read the secret "${name}", so it is unknown whether they can. Set ${secretEnvironmentName(name)} to the token for this command.`,
    null,
  );
}

export function codeInSubmodule(integration: string, submodules: readonly string[]): SharedFinding {
  const which = submodules.length === 1 ? 'the submodule' : 'the submodules';
  return error(
    'code_in_submodule',
    `The code of ${integration} has files in ${which} ${list(submodules)}, which workers don't fetch. Copy these files into the repository, or deploy with \`--storage folder\`.`,
  );
}

export function codeInLfs(integration: string, files: readonly string[]): SharedFinding {
  const command = `git lfs migrate export --include="${files[0]}"`;
  return error(
    'code_in_lfs',
    `The code of ${integration} has files that Git LFS keeps, of which workers get only the pointers: ${list(files)}. Store them in git itself: \`${command}\`.`,
  );
}

/** Joins names, of which a sentence has only a few. */
export function list(names: readonly string[]): string {
  return names.length > mostFiles ? `${names.slice(0, mostFiles).join(', ')} and ${names.length - mostFiles} more` : names.join(', ');
}

function error(
  code: Finding['code'],
  message: string,
  { file = null, command = null }: { readonly file?: string | null; readonly command?: string | null } = {},
): SharedFinding {
  return { code, severity: 'error', message, file, line: null, command };
}
