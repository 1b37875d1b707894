import type { StorageKind } from '@tributary/contract/nouns/plan';
import { type Engine, readWorkspaceSettings } from '@tributary/flow/engine';

import type { Code } from '../closure/open-code.ts';
import type { EngineOptions } from '../on-engine.ts';
import type { Confirm } from './find-why-unfetchable.ts';
import { readToken } from './read-token.ts';
import { folderStorage, type Storage } from './storage.ts';

export interface StorageChoice {
  /** the workspace */
  readonly root: string;
  readonly code: Code;
  readonly engine: Engine;
  readonly env: NodeJS.ProcessEnv;
  /** what the user chose; null for what nx.json says */
  readonly kind: StorageKind | null;
  /** which engine the user chose, for the commands that findings name */
  readonly options: EngineOptions;
  /** whether the code is deployed, or only planned */
  readonly deploys: boolean;
  readonly announce: (line: string) => void;
}

/** How long to try a repository's server that is away or busy, in seconds. */
const gitPatience = 10;

/** Chooses where code is stored: what the user says, otherwise in git if nx.json says how, otherwise in the folder of the workspace. */
export async function chooseStorage({ root, code, engine, env, kind, options, deploys, announce }: StorageChoice): Promise<Storage> {
  const { storage: settings } = kind === 'folder' ? {} : await readWorkspaceSettings(root);
  if (kind === 'folder' || (kind === null && !settings)) return folderStorage(code);
  // Most plans don't need it.
  const { openGit } = await import('./open-git.ts');
  const confirm: Confirm = async (commit, credentials) => {
    const { openStore } = await import('@tributary/code');
    await openStore({ env, patience: gitPatience }).confirm(commit, credentials);
  };
  return openGit({
    root,
    code,
    settings: settings ?? {},
    confirm,
    readToken: (name) => readToken(name, engine, env),
    options,
    deploys,
    announce,
  });
}
