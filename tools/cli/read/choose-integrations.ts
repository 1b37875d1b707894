import { matchIntegration, type Project } from '@tributary/plan';

import { misuse } from '../command/refusal.ts';
import { didYouMean } from '../name/no-such.ts';

/**
 * Chooses the integrations that a user named, in the order of the workspace. Without a name, all of them.
 * @throws `misuse` for an unknown name, with the name that was probably meant
 */
export function chooseIntegrations(all: readonly Project[], names: readonly string[]): readonly Project[] {
  if (names.length === 0) return all;
  const chosen = new Set(names.map((name) => find(all, name)));
  return all.filter((project) => chosen.has(project));
}

function find(all: readonly Project[], name: string): Project {
  const found = matchIntegration(all, name);
  if (found) return found;
  const known = all.map(({ root }) => root);
  const otherwise =
    known.length === 0
      ? 'This workspace has none.'
      : `The known ones are ${known.slice(0, 10).join(', ')}${known.length > 10 ? ', …' : ''}.`;
  throw misuse(
    `There is no integration "${name}": an integration is a folder ints/NAME with a deployments.ts. ${didYouMean(name, known, otherwise)}`,
  );
}
