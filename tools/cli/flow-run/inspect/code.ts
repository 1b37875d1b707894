import { runCode, type RunCode } from '@tributary/contract/nouns/code';
import { labelNames, type Labels } from '@tributary/contract/nouns/label';
import { shortHash } from '@tributary/contract/short-hash';

/** The fetched code that a run executes. */
export interface ShownCode extends RunCode {
  /** the commit's page; null if the repository's host is unlike GitHub */
  readonly url: string | null;
}

/** @returns what a run's labels say about its code; null if it ran a local folder, or hasn't started */
export function codeOf(labels: Labels | null | undefined): ShownCode | null {
  const code = runCode.safeParse({
    repository: labels?.[labelNames.codeRepository],
    commit: labels?.[labelNames.codeCommit],
    tree: labels?.[labelNames.codeTree],
  });
  return code.success && code.data.commit !== '' ? { ...code.data, url: commitUrl(code.data) } : null;
}

/** Names the code, and links its commit on a second line. */
export function codeText({ repository, commit, tree, url }: ShownCode): string {
  const name = `commit ${shortHash(commit)} of ${repository} (tree ${shortHash(tree)})`;
  return url === null ? name : `${name}\n${url}`;
}

/** Hosts whose repositories have an owner and a name, and whose commits have other addresses than on GitHub. */
const unlikeGitHub = /(^|\.)bitbucket\.|\.visualstudio\.com$/;

/**
 * Finds a commit's page. GitHub Enterprise, GitLab, Gitea and Forgejo have it at the same address as GitHub.
 * @returns null if the repository's URL isn't https://HOST/OWNER/NAME
 */
export function commitUrl({ repository, commit }: Pick<RunCode, 'repository' | 'commit'>): string | null {
  const url = URL.parse(repository);
  const path = url && /^\/[^/]+\/[^/]+?(?=(\.git)?\/?$)/.exec(url.pathname)?.[0];
  if (!path || url.protocol !== 'https:' || unlikeGitHub.test(url.hostname) || !/^[\da-f]{40,64}$/.test(commit)) return null;
  return `${url.origin}${path}/commit/${commit}`;
}
