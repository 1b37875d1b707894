import type { PlannedDeployment } from '../plan/planned.ts';
import type { ApplyOn } from './applier.ts';
import { applyOneByOne } from './apply-one-by-one.ts';
import { applyTogether } from './apply-together.ts';
import type { Done } from './done.ts';

/**
 * Applies the deployments of several integrations in the way that the engine allows. All start now.
 * @param on.features what the engine announces
 * @returns for each integration a promise of what was done. The promises never reject
 */
export function applyProjects(
  integrations: readonly (readonly PlannedDeployment[])[],
  on: ApplyOn & { readonly features: readonly string[] },
): Promise<Done[]>[] {
  return (on.features.includes('apply') ? applyTogether : applyOneByOne)(integrations, on);
}
