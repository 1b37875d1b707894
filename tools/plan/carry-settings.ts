import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { messageOf, TributaryError } from '@tributary/contract/error';
import { readWorkspaceSettings } from '@tributary/flow/engine';
import { z } from 'zod';

import { git } from './closure/git.ts';

const nxJson = z.record(z.string(), z.unknown());

/**
 * Gives the clone of a commit the settings that the workspace has today: on which engine it deploys, by which id, and from where and with which
 * token workers fetch. Those of the commit may be older than the repository's present server or the present secret, or missing.
 * @param root the workspace
 * @param commitRoot the folder of the clone
 */
export async function carrySettings(root: string, commitRoot: string): Promise<void> {
  // These are the settings that each framework knows whose command has `--storage`.
  const { engine, workspace, storage } = await readWorkspaceSettings(root);
  const file = join(commitRoot, 'nx.json');
  const text = JSON.stringify({ ...(await readCommitted(file)), tributary: { engine, workspace, storage } }, null, 2);
  // A symbolic link is replaced, not what it leads to.
  await rm(file);
  await writeFile(file, `${text}\n`);
  // The clone stays clean: the command may compare its files with the commit.
  const marked = await git(commitRoot, ['update-index', '--assume-unchanged', 'nx.json']);
  if (!marked.ok) throw new TributaryError('crashed', `nx.json in the clone of the commit can't be marked as unchanged: ${marked.reason}.`);
}

async function readCommitted(file: string): Promise<z.output<typeof nxJson>> {
  try {
    return nxJson.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new TributaryError('misuse', `The nx.json of the commit can't be read: ${messageOf(error)}.`, { cause: error });
  }
}
