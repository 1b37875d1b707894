const random = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;

/** Pairs of ids: an id of our server, with the Prefect server's id of the same thing. */
export interface Pairs {
  /** true if two texts differ only in ids, and the ids at the same places are pairs; two ids that have no partner yet become a pair */
  fit(ours: string, theirs: string): boolean;
}

/** Starts without pairs. Two ids become a pair when they first stand at the same place, and stay a pair. */
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
