import type { Finding } from '@tributary/contract/nouns/plan';

import type { PlannedProject } from './planned.ts';
import { stops } from './tally.ts';

/** Leaves integrations without deployments if a finding keeps them, but not all integrations, from being deployed. */
export function withoutRefused(projects: readonly PlannedProject[], findings: readonly Finding[]): PlannedProject[] {
  const own = findings.filter(({ integration }) => integration !== null);
  return projects.map((one) => (own.some((finding) => stops(finding, one.project.name)) ? { ...one, deployments: [] } : one));
}
