import type { Plan } from '@tributary/contract/nouns/plan';

import { commitText } from '../commit-text.ts';
import { oneLine } from './one-line.ts';

/** What is done with integrations: the command, and the targets of Nx. */
export type Verb = 'plan' | 'deploy';

/** Prints the first line. It names the engine, so that the user notices a wrong one, or the commit of a plan without an engine. */
export function engineLine(verb: Verb, engine: Plan['engine']): string {
  if (engine.kind === 'commit') return `Comparing with ${oneLine(commitText(engine))}, without an engine`;
  const kinds = { embedded: "this workspace's server", tributary: 'a Tributary server', prefect: 'a Prefect server' };
  return `${verb === 'plan' ? 'Planning against' : 'Deploying to'} ${engine.url} (${kinds[engine.kind]})`;
}

/** Says what a plan without an engine can't know. @returns nothing for a plan on an engine */
export function unknownLines(engine: Plan['engine']): string[] {
  if (engine.kind !== 'commit') return [];
  const facts = engine.unknown.map((fact) => unknownTexts[fact]);
  return [`Not known without an engine: ${facts.join(', ')}.`];
}

const unknownTexts = {
  drift: 'drift',
  people: 'what people changed',
  waiting_runs: 'waiting runs',
  owners: 'other owners',
  work_pools: 'which work pools exist',
} as const;
