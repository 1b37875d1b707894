import { scheduleText } from '@tributary/contract/schedule-text';
import type { Engine } from '@tributary/flow/engine';

import type { PlannedDeployment } from './plan-projects.ts';

/** Prints the first line. It names the engine, so that the user notices a wrong one. */
export function renderEngine(verb: 'plan' | 'deploy', { url, kind, note }: Engine): string {
  const kinds = { embedded: "this workspace's server", tributary: 'a Tributary server', prefect: 'a Prefect server' };
  return [...(note ? [note] : []), `${verb === 'plan' ? 'Planning against' : 'Deploying to'} ${url} (${kinds[kind]})`].join('\n');
}

/** Prints a deployment's line, and a line for each field that changes. */
export function renderVerdict(planned: PlannedDeployment): string[] {
  const { desired, verdict } = planned;
  switch (verdict.action) {
    case 'create':
      return [`+ create ${desired.name}${schedules(planned)}`];
    case 'update':
      return [
        `~ update ${desired.name}${heldBack(planned)}`,
        ...verdict.changes.map(({ field, from, to }) => `    ${field}: ${from} → ${to}`),
      ];
    case 'unchanged':
      return [`= unchanged ${desired.name}${heldBack(planned)}`];
  }
}

function schedules({ desired }: PlannedDeployment): string {
  const list = (desired.request.schedules ?? [])
    .map(({ schedule }) => `${'cron' in schedule ? 'cron ' : ''}${scheduleText(schedule)}`)
    .join(', ');
  return list && ` (${list})`;
}

/** Mentions a deployment or schedules that a person paused on the engine. They stay paused if the code doesn't say otherwise. */
function heldBack({ desired, live }: PlannedDeployment): string {
  if (!live) return '';
  if (live.paused && desired.request.paused === undefined) return ' (paused on the engine, and stays paused)';
  const paused = live.schedules.filter(({ active }) => !active).map(({ schedule }) => scheduleText(schedule));
  return paused.length > 0 ? ` (schedule ${paused.join(', ')} paused on the engine, and stays paused)` : '';
}

/** How many deployments were changed, or would be. */
export interface Tally {
  readonly create: number;
  readonly update: number;
  readonly unchanged: number;
  /** integrations, not deployments, because the deployments of a broken integration can't be counted */
  readonly failed: number;
}

/** Prints the last line: `1 to create, 2 to update, 3 unchanged.` */
export function renderTally(verb: 'plan' | 'deploy', { create, update, unchanged, failed }: Tally): string {
  const [created, updated] = verb === 'plan' ? ['to create', 'to update'] : ['created', 'updated'];
  const trouble = failed > 0 ? `, ${failed} ${failed === 1 ? 'integration' : 'integrations'} failed` : '';
  return `${create} ${created}, ${update} ${updated}, ${unchanged} unchanged${trouble}.`;
}
