import type { Finding } from '@tributary/contract/nouns/plan';
import { shellWord } from '@tributary/contract/shell-word';

import { isProtected } from '../merge/merge-labels.ts';
import { type EngineOptions, onEngine } from '../on-engine.ts';
import { type Asked, deployCommand } from '../plan/deploy-command.ts';
import { nameList } from './name-list.ts';
import type { Undeclared } from './undeclared.ts';

/** More deletions than this need the user's word. */
const most = 10;
/** Where a workspace owns this many deployments, deleting more than a quarter of them needs the user's word too. */
const many = 20;

/**
 * Refuses deletions of protected deployments, and so many deletions that they may be a mistake.
 * @param limits.owned how many live deployments the workspace owns
 */
export function limitRemovals(
  removals: readonly Undeclared[],
  { owned, asked }: { readonly owned: number; readonly asked: Asked },
): Finding[] {
  const count = removals.length;
  const isMany = count > most || (owned >= many && count > owned / 4);
  return [
    ...removals.flatMap((one) => protection(one, asked.engine)),
    ...(isMany && count > asked.policy.allowDeletes ? [tooMany(removals, owned, asked)] : []),
  ];
}

function protection({ name, live, project, root }: Undeclared, engine: EngineOptions): Finding[] {
  if (!isProtected(live.labels)) return [];
  const forget = onEngine(`deployment forget ${shellWord(name)}`, engine);
  return [
    {
      code: 'protected_deployment',
      severity: 'error',
      message:
        `Deployment ${name} is protected, and no deployments.ts declares it any more, so a deploy would delete it. Declare it again. ` +
        `If it is to go, deploy it with \`protect: false\` first; if it is to stay without an owner, run \`${forget}\`.`,
      file: `${root}/deployments.ts`,
      line: null,
      integration: project,
      command: null,
    },
  ];
}

function tooMany(removals: readonly Undeclared[], owned: number, asked: Asked): Finding {
  const count = removals.length;
  const command = deployCommand(asked, { allowDeletes: count });
  return {
    code: 'many_deletions',
    severity: 'error',
    message:
      `This deploy would delete ${count} of the ${owned} deployments of this workspace: ${nameList(removals.map(({ name }) => name))}. ` +
      `If that is right, run \`${command}\`.`,
    file: null,
    line: null,
    integration: null,
    command,
  };
}
