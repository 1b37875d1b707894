import type { Timestamp } from '@tributary/contract/time';

import type { Check } from '../check.ts';
import type { Line } from '../talk/talk.ts';
import { compare, type Difference } from './compare.ts';
import { normalise } from './normalise.ts';
import { createPairs } from './pairs.ts';

/** Creates one check per step of a topic: do both servers answer alike? */
export function compareTopic(topic: string, ours: readonly Line[], theirs: readonly Line[], start: Timestamp): Check[] {
  const mine = new Map(normalise(ours, start).map((normal) => [normal.step, normal]));
  const others = new Map(normalise(theirs, start).map((normal) => [normal.step, normal]));
  const ourLines = new Map(ours.map((line) => [line.step, line.exchange]));
  const theirLines = new Map(theirs.map((line) => [line.step, line.exchange]));
  const pairs = createPairs();
  return [...new Set([...mine.keys(), ...others.keys()])].map((step): Check => {
    const [own, other] = [mine.get(step), others.get(step)];
    const exchanges = { ...pick('ours', ourLines.get(step)), ...pick('theirs', theirLines.get(step)) };
    if (!own || !other)
      return { topic, step, problem: { text: `The script reached this step only on ${own ? 'our' : "Prefect's"} server.`, ...exchanges } };
    const differences: Difference[] = [
      ...(own.status === other.status ? [] : [{ path: 'status', ours: own.status, theirs: other.status }]),
      ...(sameKind(own.status, other.status) ? compare(own.value, other.value, pairs) : []),
    ];
    return differences.length === 0 ? { topic, step } : { topic, step, problem: { differences, ...exchanges } };
  });
}

/** True if both servers refused, or neither did. Otherwise, comparing their bodies shows nothing useful. */
function sameKind(ours: number | undefined, theirs: number | undefined): boolean {
  return (ours ?? 200) >= 400 === (theirs ?? 200) >= 400;
}

function pick<Key extends string, Value>(key: Key, value: Value | undefined): { [name in Key]?: Value } {
  const picked: { [name in Key]?: Value } = {};
  if (value !== undefined) picked[key] = value;
  return picked;
}
