import { expect, it } from 'vitest';

import { createDigester } from './digest.ts';
import { listParts, type Part, type SharedFinding } from './part.ts';

/** A part that may be given what it loads later. */
interface Draft extends Part {
  readonly next: Draft[];
  findings: SharedFinding[];
}

const part = (name: string | null, hash = 'h', next: Draft[] = []): Draft => ({ name, hash, next, findings: [] });
const digest = (root: Part): string => createDigester()(root).hash;
const finding: SharedFinding = { code: 'computed_import', severity: 'warning', message: '', file: 'a', line: 1, command: null };

it('does not depend on the order of what a part loads, nor on loading it twice', () => {
  const [one, other] = [part('one'), part('other')];
  expect(digest(part('root', 'h', [one, other]))).toBe(digest(part('root', 'h', [other, one, other])));
});

it.each(['', 'new'])('differs if a part far away has another %s', (name) => {
  const root = (last: Draft) => part(null, '', [part('a', 'h', [part('b', 'h', [last])])]);
  expect(digest(root(part('c')))).not.toBe(digest(root(part(`c${name}`, name ? 'h' : 'i'))));
});

it('gives the parts of a circle one digest, whichever of them is asked first, with all findings', () => {
  const leaf = part('leaf');
  const circle = (start: number) => {
    const [a, b, c] = [part('a'), part('b', 'h', [leaf]), part('c')] as const;
    a.next.push(b);
    b.next.push(c);
    c.next.push(a, c);
    c.findings = [finding];
    return createDigester()([a, b, c][start] ?? a);
  };
  expect(circle(0)).toEqual({ hash: expect.stringMatching(/^[\da-f]{40}$/), findings: [finding] });
  expect([circle(1), circle(2)]).toEqual([circle(0), circle(0)]);
});

it('separates two circles of which one leads to the other', () => {
  const make = (hash: string) => {
    const [a, b, c, d] = [part('a'), part('b'), part('c'), part('d', hash)] as const;
    a.next.push(b);
    b.next.push(a, c);
    c.next.push(d);
    d.next.push(c);
    const all = createDigester();
    return [a, b, c, d].map((one) => all(one).hash);
  };
  const [before, after] = [make('h'), make('i')];
  expect(new Set(before).size).toBe(2);
  expect(before.filter((one) => after.includes(one))).toEqual([]);
});

it('computes what several parts load once', () => {
  let asked = 0;
  const shared: Part = {
    name: 'shared',
    hash: 'h',
    findings: [],
    get next() {
      asked += 1;
      return [];
    },
  };
  const all = createDigester();
  const first = all({ ...part('a'), next: [shared] });
  const before = asked;
  expect(all({ ...part('b'), next: [shared] }).hash).not.toBe(first.hash);
  expect(asked).toBe(before);
});

it('follows a chain of 20,000 imports', () => {
  let chain = part('m0');
  for (let index = 1; index < 20_000; index += 1) chain = part(`m${index}`, 'h', [chain]);
  const root = part(null, '', [chain]);
  expect(digest(root)).toMatch(/^[\da-f]{40}$/);
  expect(listParts(root).get('m0')?.way).toHaveLength(20_000);
});
