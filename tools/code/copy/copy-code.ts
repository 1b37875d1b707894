import { copyTree } from './copy-tree.ts';
import { makeOwnFolder } from './own-folder.ts';

/** A copy of code, which may be written. */
export interface CopiedCode {
  /** the folder that stands for the repository */
  readonly dir: string;
  /** Removes the copy. If this process ends without that, the next one that opens the store does. */
  remove(): Promise<void>;
}

interface Given {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** how the folder's name begins */
  readonly name: string;
}

/** Copies a tree into a folder of its own. @param root the tree, which is held meanwhile @throws as {@link copyTree} does */
export async function copyCode(store: string, root: string, { env, signal, name }: Given): Promise<CopiedCode> {
  const { path, remove } = makeOwnFolder(store, name);
  try {
    await copyTree(root, path, { env, signal });
    return { dir: path, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
