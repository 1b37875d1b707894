/** Names a commit, a tree or a layer for people, by the first digits of its hash: `1a2b3c4d5e6f`. */
export function shortHash(hash: string): string {
  return hash.slice(0, 12);
}
