import type { Moved } from './decide.ts';
import { type Basis, joined, mergeField, type Outcome } from './field.ts';
import { printText } from './json-changes.ts';
import { fingerprint, type ListEntries } from './record.ts';

/**
 * Merges tags one by one. A tag belongs to the code if the code sets it, or set it at the last deploy; other tags are people's.
 * @returns the tags to send: the code's first, then those that are kept
 */
export function mergeTags(
  code: readonly string[],
  live: readonly string[],
  basis: Basis,
): Outcome & { readonly value: string[]; readonly recorded: ListEntries } {
  const [wanted, given] = [new Set(code), new Set(live)];
  const moved = movedAsWhole(wanted, given, basis);
  const tags = [...wanted.union(given)].map((tag) => {
    const [isWanted, isLive] = [wanted.has(tag), given.has(tag)];
    const name = `tags.${tag}`;
    const outcome = mergeField(
      {
        name,
        owner: isWanted ? 'code' : 'people',
        code: isWanted || undefined,
        live: isLive || undefined,
        changes: () => [{ field: name, from: isLive ? printText(tag) : null, to: isWanted ? printText(tag) : null }],
        print: (side) => ((side === 'live' ? isLive : isWanted) ? printText(tag) : null),
      },
      basis,
      moved,
    );
    return { tag, outcome, isSent: isWanted || outcome.isKept };
  });
  const { changes, kept } = joined(tags.map(({ outcome }) => outcome));
  return {
    changes,
    kept,
    entries: [],
    value: tags.flatMap(({ tag, isSent }) => (isSent ? [tag] : [])),
    recorded: {
      items: [...wanted].map((tag) => [`tags.${tag}`, fingerprint(true)] as const),
      whole: [['tags', wholeOf(wanted)]],
    },
  };
}

/** Whether code and live tags have changed, if the record has all tags as one value. */
function movedAsWhole(wanted: ReadonlySet<string>, given: ReadonlySet<string>, { applied }: Basis): Moved | undefined {
  const whole = applied?.get('tags');
  return whole === undefined ? undefined : { code: wholeOf(wanted) !== whole, live: wholeOf(given) !== whole };
}

function wholeOf(tags: ReadonlySet<string>): string {
  return fingerprint([...tags].toSorted());
}
