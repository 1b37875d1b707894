import { removeLeftFolders } from './copy/own-folder.ts';
import { folders } from './hold/layer.ts';
import { chooseFolder } from './place/choose-folder.ts';
import { refuseStrangers } from './place/refuse-strangers.ts';

/** Removes from this machine's store what runs have checked out whose worker was killed. Doesn't create a store. */
export async function removeLeftCheckouts(env: NodeJS.ProcessEnv): Promise<void> {
  const folder = chooseFolder(env);
  refuseStrangers(folder, folders);
  await removeLeftFolders(folder);
}
