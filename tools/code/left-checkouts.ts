import { removeLeftFolders } from './copy/own-folder.ts';
import { chooseFolder } from './place/choose-folder.ts';

/** Removes from this machine's store what runs have checked out whose worker was killed. Doesn't create a store. */
export async function removeLeftCheckouts(env: NodeJS.ProcessEnv): Promise<void> {
  await removeLeftFolders(chooseFolder(env));
}
