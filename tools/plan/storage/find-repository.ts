import { checkRepository, insteadOfSsh } from '@tributary/contract/repository';
import { messageOf } from '@tributary/contract/error';

import { git } from '../closure/git.ts';

/** The repository that code is stored in; or, as a sentence, why there is none. */
export type FoundRepository = { readonly url: string } | { readonly reason: string };

/**
 * Finds the repository that workers fetch from: the given URL, otherwise that of the remote "origin".
 * @param root the workspace, which must be the root of its repository
 */
export async function findRepository(root: string, given: string | undefined): Promise<FoundRepository> {
  const [prefix, remote] = await Promise.all([
    git(root, ['rev-parse', '--show-prefix']),
    given === undefined ? git(root, ['config', '--get', 'remote.origin.url']) : undefined,
  ]);
  if (!prefix.ok) return { reason: `This workspace isn't a git repository (${prefix.reason}), so its code can't be stored in git.` };
  const folder = prefix.output.toString().trim().replace(/\/$/, '');
  if (folder !== '')
    return {
      reason: `This workspace is the folder ${folder} of a repository. Workers only find code of workspaces at the root of their repository: move it there, or deploy with \`--storage folder\`.`,
    };
  const url = given ?? (remote?.ok ? remote.output.toString().trim() : '');
  if (url === '')
    return {
      reason: `This repository has no remote "origin", so workers could not fetch its code. Push it to a server and add the remote with \`git remote add origin URL\`, or name the server's URL in nx.json: ${setting('https://github.com/acme/data.git')}.`,
    };
  try {
    return { url: checkRepository(given ?? withoutUser(url)) };
  } catch (error) {
    if (given !== undefined) return { reason: `"tributary.storage.repository" can't be used. ${messageOf(error)}` };
    const instead = insteadOfSsh(url) ?? 'https://github.com/acme/data.git';
    return { reason: `The remote "origin" can't be used. ${messageOf(error)} Add to nx.json: ${setting(instead)}.` };
  }
}

function setting(url: string): string {
  return `"tributary": {"storage": {"repository": "${url}"}}`;
}

/** The URL of a clone may have a user or a password, as in the jobs of some CI systems. They differ from clone to clone. */
function withoutUser(text: string): string {
  const url = /^https?:/.test(text) ? URL.parse(text) : null;
  if (!url) return text;
  url.username = '';
  url.password = '';
  return url.href;
}
