import { hash } from 'node:crypto';

import type { Part, SharedFinding } from './part.ts';

export interface Digest {
  /** differs if the part differs, or any part that it leads to */
  readonly hash: string;
  /** of the part, and of all parts that it leads to */
  readonly findings: readonly SharedFinding[];
}

/** A part whose digest is being computed. */
interface Frame {
  readonly part: Part;
  readonly number: number;
  readonly next: Iterator<Part, undefined>;
  /** the smallest number of a part in `open` that it leads to */
  lowest: number;
}

/**
 * Makes a function that computes the digest of a part, from its name, its hash, and the digests of the parts that it loads. Each digest is
 * computed once. Parts that load each other in a circle share a digest. Tarjan's algorithm finds these strongly connected components. It runs
 * without recursion, because a chain of imports may be longer than the stack.
 */
export function createDigester(): (part: Part) => Digest {
  const done = new Map<Part, Digest>();
  const numbers = new Map<Part, number>();
  const open: Part[] = [];
  const begin = (part: Part): Frame => {
    const number = numbers.size;
    numbers.set(part, number);
    open.push(part);
    return { part, number, next: part.next.values(), lowest: number };
  };
  const finish = ({ part, number, lowest }: Frame): void => {
    if (lowest !== number) return;
    const circle = open.splice(open.lastIndexOf(part));
    const digest = digestOf(circle, done);
    for (const member of circle) done.set(member, digest);
  };
  const compute = (part: Part): void => {
    const frames = [begin(part)];
    for (let frame = frames.at(-1); frame; frame = frames.at(-1)) {
      const { value } = frame.next.next();
      if (value === undefined) {
        finish(frame);
        frames.pop();
        const above = frames.at(-1);
        if (above) above.lowest = Math.min(above.lowest, frame.lowest);
      } else if (!done.has(value)) {
        const number = numbers.get(value);
        if (number === undefined) frames.push(begin(value));
        else frame.lowest = Math.min(frame.lowest, number);
      }
    }
  };
  return (part) => {
    if (!done.has(part)) compute(part);
    return done.get(part) ?? { hash: '', findings: [] };
  };
}

const none: readonly SharedFinding[] = [];

function digestOf(circle: readonly Part[], done: ReadonlyMap<Part, Digest>): Digest {
  const lines = new Set<string>();
  const findings = new Set<SharedFinding>();
  for (const part of circle) {
    lines.add(`${part.name ?? ''}\0${part.hash}`);
    for (const finding of part.findings) findings.add(finding);
    for (const next of part.next) {
      const digest = done.get(next);
      // A part of the same circle has no digest yet.
      if (!digest) continue;
      lines.add(digest.hash);
      for (const finding of digest.findings) findings.add(finding);
    }
  }
  const [only = ''] = lines;
  // A file that loads nothing needs no further hash: its name and the id of its content identify it.
  const isLeaf = lines.size === 1 && circle[0]?.name !== null;
  return {
    hash: isLeaf ? only : hash('sha256', [...lines].toSorted().join('\n')).slice(0, 40),
    findings: findings.size === 0 ? none : [...findings],
  };
}
