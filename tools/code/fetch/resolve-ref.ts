import { commitIn, refNames } from '@tributary/contract/repository';

import type { Lock } from '../hold/acquire.ts';
import { openRemote, type RemoteOptions } from './open-remote.ts';

/**
 * Asks a server which commit a branch or a tag is at. A branch wins over a tag of the same name.
 * @param ref `HEAD` stands for the default branch
 * @param folder the bare repository
 * @param lock the repository's lock, held alone
 * @throws `not_found` if the repository has no such branch or tag
 */
export async function resolveRef(repository: string, ref: string, folder: string, lock: Lock, options: RemoteOptions): Promise<string> {
  const git = openRemote({ repository, name: `${ref} of ${repository}` }, folder, lock, options);
  return commitIn(await git(['ls-remote', 'origin', ...refNames(ref)]), repository, ref);
}
