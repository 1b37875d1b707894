import type { Verified } from '@tributary/code';

import type { Call } from '../command/call.ts';
import { exitCodes } from '../command/refusal.ts';
import { printable } from '../print/text.ts';
import { layerCount, layerName, openCode } from './open.ts';

/** How many problems of a layer are printed. */
const most = 5;

/** Compares each layer of the code store with what it was when it was made. @returns 1 if a damaged layer stays */
export async function verify(call: Call, { repair = false }: { readonly repair?: boolean }): Promise<number> {
  const { folder, upkeep } = openCode(call);
  const layers = await upkeep.verify({ repair, tell: call.out.note });
  call.out.result({ folder, layers }, () =>
    [...layers.filter(({ condition }) => condition !== 'whole').flatMap((one) => linesOf(one, repair)), summary(layers, repair)].join('\n'),
  );
  return layers.some(({ condition, removed }) => condition === 'damaged' && !removed) ? exitCodes.failed : exitCodes.done;
}

function linesOf(layer: Verified, repair: boolean): string[] {
  const { condition, problems, removed } = layer;
  const what = condition === 'damaged' ? 'is damaged' : 'has no record of its content';
  const done = removed ? ', and was removed: the next run that needs it makes it anew' : repair ? ', and stays, because it is in use' : '';
  const shown = problems.slice(0, most).map((problem) => `  ${printable(problem).replaceAll('\n', '\\n')}`);
  const more = problems.length > most ? [`  and ${problems.length - most} more`] : [];
  return [`${layerName(layer)} ${what}${done}${problems.length > 0 ? ':' : '.'}`, ...shown, ...more];
}

function summary(layers: readonly Verified[], repair: boolean): string {
  const count = (condition: Verified['condition']): number => layers.filter((layer) => layer.condition === condition).length;
  const bad = layers.filter(({ condition, removed }) => condition !== 'whole' && !removed).length;
  const facts = [`${count('whole')} whole`, `${count('damaged')} damaged`, `${count('unproven')} without a record`];
  const advice = repair
    ? 'Run it again once the runs that use them have ended.'
    : 'To remove them, so that they are made anew: npx tributary code verify --repair';
  return `${layerCount(layers.length)}: ${facts.join(', ')}.${bad > 0 ? ` ${advice}` : ''}`;
}
