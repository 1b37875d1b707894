import { realpath } from 'node:fs/promises';

import { labelNames } from '@tributary/contract/nouns/label';
import type { Finding } from '@tributary/contract/nouns/plan';
import { shortHash } from '@tributary/contract/short-hash';
import { lineOf } from '@tributary/flow/deploy';

import type { Code } from '../closure/open-code.ts';
import { fewAtOnce } from '../few-at-once.ts';
import { readFolder } from '../merge/steps.ts';
import { groupFindings } from './group-findings.ts';
import { deployedFrom } from './name-list.ts';
import type { Overwritten } from './older-code.ts';

interface Given {
  readonly code: Code;
  readonly root: string;
}

/** A live deployment with changes that nobody committed, the commit that was changed, and the folder that has the changes. */
interface Uncommitted {
  readonly one: Overwritten;
  readonly commit: string;
  readonly folder: string;
}

/**
 * Warns of live code that somebody changed in another folder and deployed without a commit: history can't tell that a deploy takes it back.
 * That is certain only if the code here is the committed one. With other code here, the deployment's option `inputs` may have been another one.
 */
export async function findUncommitted(overwritten: readonly Overwritten[], { code, root }: Given): Promise<Finding[]> {
  const here = await realpath(root);
  const found = await fewAtOnce(overwritten, async (one): Promise<Uncommitted[]> => {
    const [folder, commit] = [readFolder(one.live.pull_steps), one.live.labels?.[labelNames.commit]];
    if (folder === undefined || folder === here || typeof commit !== 'string') return [];
    return (await isCommitted(one, commit, code)) ? [] : [{ one, commit, folder }];
  });
  return groupFindings(found.flat(), ({ commit, folder }) => [commit, folder], toFinding);
}

/** Whether the live code may be that of its commit. It surely isn't if that commit has the code that is here, and another one is live. */
async function isCommitted({ project, live, inputs: [own = []] }: Overwritten, commit: string, code: Code): Promise<boolean> {
  const { hash } = await code.closure(project.root, own);
  if (hash === live.labels?.[labelNames.closure]) return true;
  const then = await code.at(commit);
  return !then || (await then.closure(project.root, own)).hash !== hash;
}

async function toFinding({ one: { project, desired }, commit, folder }: Uncommitted, names: readonly string[]): Promise<Finding> {
  return {
    code: 'uncommitted_live',
    severity: 'warning',
    message:
      `${deployedFrom(names)} ${folder}, with changes that aren't in commit ${shortHash(commit)}. This clone has the code of that commit, ` +
      'so a deploy takes these changes back. If they are to stay, have them committed there, and run `git pull` here.',
    file: `${project.root}/deployments.ts`,
    line: desired ? await lineOf(desired.source) : null,
    integration: project.name,
    command: null,
  };
}
