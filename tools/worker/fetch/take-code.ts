import type { Code, HeldCode, Store } from '@tributary/code';
import type { GitClone } from '@tributary/contract/pull-step';

import type { Settings } from '../settings.ts';
import { readToken } from './read-token.ts';

/**
 * Takes code out of the store without asking for its token.
 * @returns undefined if the code isn't there, its commit isn't known yet, or it was removed from the store in this moment
 */
export async function takeKnown(store: Store, clone: GitClone, signal: AbortSignal): Promise<HeldCode | undefined> {
  if (clone.commit_sha == null) return undefined;
  const code = codeOf(clone, clone.commit_sha);
  if (!store.look(code)) return undefined;
  return store.take(code, { signal }).catch(() => {
    signal.throwIfAborted();
    return undefined;
  });
}

/** Fetches code. A branch, a tag or the default branch is resolved first. @param tell gets a line for each long step */
export async function fetchCode(
  settings: Settings,
  store: Store,
  clone: GitClone,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
): Promise<HeldCode> {
  const token = clone.access_token == null ? undefined : await readToken(settings, clone.access_token, 'the pull step', signal);
  const options = { token, signal, tell };
  const commit = clone.commit_sha ?? (await store.resolve(clone.repository, clone.branch ?? 'HEAD', options));
  return store.take(codeOf(clone, commit), options);
}

function codeOf({ repository, directories, include_submodules }: GitClone, commit: string): Code {
  return { repository, commit, directories: directories ?? [], ...(include_submodules ? { submodules: true } : {}) };
}
