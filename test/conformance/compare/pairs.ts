const random = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;

/** Which of our ids stands for which of theirs. */
export interface Pairs {
  /** whether two texts are the same but for ids, and each id is the one that stood there for the other's before */
  fit(ours: string, theirs: string): boolean;
}

/** Ids are paired off where they first meet, and must meet again ever after. */
export function createPairs(): Pairs {
  const theirsOf = new Map<string, string>();
  const oursOf = new Map<string, string>();
  return {
    fit: (ours, theirs) => {
      if (ours.replace(random, '<id>') !== theirs.replace(random, '<id>')) return false;
      const others = theirs.match(random) ?? [];
      return (ours.match(random) ?? []).every((own, index) => {
        const other = others[index] ?? '';
        if (!theirsOf.has(own) && !oursOf.has(other)) {
          theirsOf.set(own, other);
          oursOf.set(other, own);
        }
        return theirsOf.get(own) === other;
      });
    },
  };
}
