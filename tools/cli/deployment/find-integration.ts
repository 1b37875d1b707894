import { labelNames } from '@tributary/contract/nouns/label';
import { shellWord } from '@tributary/contract/shell-word';
import { findIntegrations, type Project } from '@tributary/plan';
import { loadProjects } from '@tributary/plan/load';

import type { Call } from '../command/call.ts';
import { misuse } from '../command/refusal.ts';
import { chooseIntegrations } from '../read/choose-integrations.ts';
import { divertPrints } from '../read/divert-prints.ts';
import type { NamedDeployment } from './find.ts';

/**
 * Finds the integration that declares a deployment, or is to declare it: the one that the user names, the one whose deployments.ts declares it,
 * or the one in the deployment's label.
 * @throws `misuse` if the user has to name it, or for an unknown name
 */
export async function findIntegration(
  call: Call,
  root: string,
  { deployment, fullName }: NamedDeployment,
  wanted: string | undefined,
): Promise<Project> {
  const all = findIntegrations(root);
  const [named] = wanted === undefined ? [] : chooseIntegrations(all, [wanted]);
  const found =
    named ?? (await declaring(call, root, all, fullName)) ?? all.find(({ name }) => name === deployment.labels?.[labelNames.project]);
  if (found) return found;
  const known = all.slice(0, 10).map(({ root: folder }) => folder);
  throw misuse(
    `No integration declares ${fullName} yet. Name the one that is to declare it: npx tributary deployment adopt ${shellWord(fullName)} INTEGRATION. ` +
      (known.length === 0 ? 'This workspace has none.' : `The known ones are ${known.join(', ')}${all.length > 10 ? ', …' : ''}.`),
  );
}

/** Imports all deployments.ts. What they print goes to standard error if a program reads the output. */
async function declaring(call: Call, root: string, all: readonly Project[], fullName: string): Promise<Project | undefined> {
  const { restore } = divertPrints(call.process.stdout, call.json);
  try {
    const loaded = await loadProjects(all, root);
    return loaded.find(({ deployments }) => deployments.some(({ name }) => name === fullName))?.project;
  } finally {
    await restore();
  }
}
