/** Makes a function that reads the commit of a work tree, once. The function resolves to undefined without git, a repository or a commit. */
export function commitOf(root: string): () => Promise<string | undefined> {
  let commit: Promise<string | undefined> | undefined;
  return () => (commit ??= readCommit(root));
}

async function readCommit(root: string): Promise<string | undefined> {
  try {
    const { simpleGit } = await import('simple-git');
    return (await simpleGit({ baseDir: root }).revparse(['HEAD'])).trim() || undefined;
  } catch {
    return undefined;
  }
}
