import type { Deployment } from '@tributary/contract/nouns/deployment';

import type { Verdict, Wanted } from './diff.ts';
import { printSchedule } from './schedule-changes.ts';

/** One deployment's line, and a line for each field that changes. @param name `flow/deployment` */
export function renderVerdict(name: string, wanted: Wanted, live: Deployment | undefined, verdict: Verdict): string[] {
  const note = live ? heldBack(wanted, live) : '';
  switch (verdict.action) {
    case 'create':
      return [`+ create ${name}${crons(wanted)}`];
    case 'update':
      return [`~ update ${name}${note}`, ...verdict.changes.map(({ field, from, to }) => `    ${field}: ${from} → ${to}`)];
    case 'unchanged':
      return [`= unchanged ${name}${note}`];
  }
}

function crons({ schedules = [] }: Wanted): string {
  const list = schedules.map(({ schedule }) => printSchedule(schedule)).join(', ');
  return list && ` (cron ${list})`;
}

/** What a person paused on the engine, and the code says nothing about: deploying keeps it so. */
function heldBack(wanted: Wanted, live: Deployment): string {
  if (live.paused && wanted.paused === undefined) return ' (paused on the engine, and kept so)';
  const paused = live.schedules.filter(({ active }) => !active).map(({ schedule }) => printSchedule(schedule));
  return paused.length > 0 ? ` (schedule ${paused.join(', ')} paused on the engine, and kept so)` : '';
}

/** How much happened, or would. */
export interface Tally {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  /** projects, not deployments: of a broken one nobody knows how many it has */
  readonly failed: number;
}

/** The last line: `1 to create, 2 to update, 3 unchanged.` */
export function renderTally(verb: 'plan' | 'deploy', { created, updated, unchanged, failed }: Tally): string {
  const words = verb === 'plan' ? ['to create', 'to update'] : ['created', 'updated'];
  const trouble = failed > 0 ? `, ${failed} ${failed === 1 ? 'integration' : 'integrations'} failed` : '';
  return `${created} ${words[0]}, ${updated} ${words[1]}, ${unchanged} unchanged${trouble}.`;
}
