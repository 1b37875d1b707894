import { findIntegrations } from './find-integrations.ts';
import { loadProjects } from './load-projects.ts';
import type { Loaded } from './loaded.ts';

/** Loads the integrations of the workspace that aren't planned: what they declare may matter to the plan. */
export async function loadOthers(loaded: readonly Loaded[], root: string): Promise<Loaded[]> {
  const known = new Set(loaded.map(({ project }) => project.name));
  const others = findIntegrations(root).filter(({ name }) => !known.has(name));
  return others.length === 0 ? [] : loadProjects(others, root);
}
