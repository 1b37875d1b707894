import type { Finding } from '@tributary/contract/nouns/plan';
import { shellWord } from '@tributary/contract/shell-word';

import type { Absence } from '../closure/history.ts';
import { type EngineOptions, onEngine } from '../on-engine.ts';
import { nameList } from './name-list.ts';
import type { Undeclared } from './undeclared.ts';

/** Why deployments stay although nothing declares them: a deployments.ts that can't be loaded, or one that isn't gone for good. */
type Cause = { readonly broken: string } | { readonly absence: Exclude<Absence, 'removed'> };

/** Warns of deployments that a deploy would delete if it could be sure that the workspace no longer declares them. */
export function keptBecause(kept: readonly Undeclared[], cause: Cause, engine: EngineOptions): Finding[] {
  if (kept.length === 0) return [];
  const file = `${'broken' in cause ? cause.broken : (kept[0]?.root ?? 'ints')}/deployments.ts`;
  return [warning(`${stays(kept)}: ${reasonOf(cause, engine)}`, file)];
}

/** Warns of deployments from before workspaces had ids, which may be another workspace's. */
export function keptEarly(kept: readonly Undeclared[], engine: EngineOptions): Finding[] {
  const [first] = kept;
  if (!first) return [];
  const reason =
    'early deploys did not record the workspace, so it may be that of another one. ' +
    `If it is this workspace's, run \`${onEngine(`deployment delete ${shellWord(first.name)}`, engine)}\`.`;
  return [warning(`${stays(kept)}: ${reason}`, null)];
}

/** Warns of deployments that were adopted, and that no deploy has declared since: the code that declares them may be on another branch. */
export function keptAdopted(kept: readonly Undeclared[], engine: EngineOptions): Finding[] {
  const [first] = kept;
  if (!first) return [];
  const command = (verb: string): string => onEngine(`deployment ${verb} ${shellWord(first.name)}`, engine);
  const reason =
    'no deploy has declared it since this workspace adopted it. Declare it as `npx tributary deployment adopt` printed it, ' +
    `give it up with \`${command('forget')}\`, or run \`${command('delete')}\`.`;
  return [warning(`${stays(kept)}: ${reason}`, `${first.root}/deployments.ts`)];
}

function stays(kept: readonly Undeclared[]): string {
  const names = nameList(kept.map(({ name }) => name));
  return kept.length > 1
    ? `The deployments ${names} stay, although no deployments.ts here declares them`
    : `The deployment ${names} stays, although no deployments.ts here declares it`;
}

function reasonOf(cause: Cause, engine: EngineOptions): string {
  if ('broken' in cause) return "this file can't be loaded, and may declare what is missing. Correct the file.";
  const remove = onEngine('deployment delete NAME', engine);
  switch (cause.absence) {
    case 'sparse':
      return 'the last commit has this file, and only the sparse checkout leaves it out. Deploy from a whole checkout.';
    case 'uncommitted':
      return 'the last commit has this file. If the integration is to go, commit its removal.';
    case 'elsewhere':
      return `its folder is a submodule or a symbolic link, so the last commit can't tell whether it has this file. Check its folder out (\`git submodule update --init\`), or run \`${remove}\`.`;
    case 'unknown':
      return `git can't tell whether the last commit has this file. Deploy from a git repository, or run \`${remove}\`.`;
  }
}

function warning(message: string, file: string | null): Finding {
  return { code: 'kept_deployment', severity: 'warning', message, file, line: null, integration: null, command: null };
}
