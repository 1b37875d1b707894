import { shortHash } from '@tributary/contract/short-hash';

/** Names a commit for people: `commit 1a2b3c4d5e6f (main)`. @param commit.name the name by which the user called it */
export function commitText({ commit, name }: { readonly commit: string; readonly name: string }): string {
  return `commit ${shortHash(commit)}${commit.startsWith(name) ? '' : ` (${name})`}`;
}
