import type { Deployment } from '@tributary/contract/nouns/deployment';
import { labelNames } from '@tributary/contract/nouns/label';
import type { PlannedCode } from '@tributary/contract/nouns/plan';
import type { DesiredDeployment } from '@tributary/flow/deploy';

import { changedSince } from '../closure/changed-since.ts';
import type { Code } from '../closure/open-code.ts';
import type { Project } from '../load/project.ts';

/**
 * Compares the code of a deployment with the code of its last deploy, which only the labels of the live deployment describe. Without these
 * labels, the code counts as unchanged.
 */
export async function readCode(
  code: Code,
  { root }: Project,
  { desired, live }: { readonly desired: DesiredDeployment; readonly live: Deployment | undefined },
): Promise<PlannedCode> {
  const { hash } = await code.closure(root, desired.inputs);
  const { [labelNames.closure]: before, [labelNames.commit]: commit } = live?.labels ?? {};
  if (typeof before !== 'string' || before === hash) return { closure: hash, changed: false, parts: [] };
  const parts = typeof commit === 'string' ? await changedSince(code, root, desired.inputs, { commit, closure: before }) : null;
  return { closure: hash, changed: true, parts };
}
