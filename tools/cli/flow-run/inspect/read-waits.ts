import { whyWaiting } from '@tributary/contract/client/why-waiting';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { TreeFlowRun, TreeRow } from '@tributary/contract/nouns/flow-run-tree';
import { isWaiting, waitText } from '@tributary/contract/nouns/waiting';

import type { Opened } from '../../engine/open.ts';
import { nameOf } from './row.ts';

/** How many descendants are asked about. */
const mostAsked = 20;

/**
 * Reads what a run waits for. If it runs, and its descendants wait to begin, it waits for what they wait for.
 * @param rows the run's tree
 * @returns a text for each reason, with the first descendant that has it
 */
export async function readWaits({ client, engine }: Opened, run: FlowRun, rows: readonly TreeRow[]): Promise<string[]> {
  if (run.state_type !== 'SCHEDULED' && run.state_type !== 'PENDING' && run.state_type !== 'RUNNING') return [];
  const unbegun = rows.filter((row) => row.kind === 'flow-run').filter((row) => row.id !== run.id && isUnbegun(row));
  const asked = unbegun.slice(0, mostAsked);
  const answers = await whyWaiting(client, [run.id, ...asked.map(({ id }) => id)], engine.features);
  const names = new Map(asked.map((row) => [row.id, `${nameOf(row)}: `]));
  const texts = new Map<string, string>();
  for (const answer of answers.filter(isWaiting)) {
    const text = waitText(answer);
    if (!texts.has(text)) texts.set(text, `${names.get(answer.id) ?? ''}${text}`);
  }
  return [...texts.values()];
}

function isUnbegun({ state_type: type }: TreeFlowRun): boolean {
  return type === 'SCHEDULED' || type === 'PENDING';
}
