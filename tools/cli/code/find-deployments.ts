import { type Code, checkCode } from '@tributary/code';
import { isTributaryError, messageOf } from '@tributary/contract/error';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { type GitClone, pullStep, stepKinds } from '@tributary/contract/pull-step';

import type { Call } from '../command/call.ts';
import { listDeployments, type NamedDeployment } from '../deployment/find.ts';
import { openEngine } from '../engine/open.ts';

/** Code that a deployment runs. Without a commit, it runs what its branch is at. */
interface Wanted {
  readonly name: string;
  readonly code: Omit<Code, 'commit'> & { readonly commit: string | null };
}

/** Names the deployments that run some code, as the engine knows them. */
export type DeploymentsOf = (code: Code) => string[];

/** @returns undefined if no engine answers; a note says so */
export async function findDeployments(call: Call): Promise<DeploymentsOf | undefined> {
  try {
    const { client } = await openEngine(call, 'read');
    const wanted = (await listDeployments(client)).flatMap(readWanted);
    return (code) => wanted.filter((one) => isSame(one, code)).map(({ name }) => name);
  } catch (error) {
    if (!isTributaryError(error)) throw error;
    call.out.note(`No deployments are named, because no engine says which ones there are. ${messageOf(error)}`);
    return undefined;
  }
}

function readWanted({ deployment, fullName }: NamedDeployment): Wanted[] {
  const clone = cloneOf(deployment);
  if (!clone) return [];
  const { repository, directories, include_submodules, commit_sha } = clone;
  try {
    // Any commit will do here: only the other parts are written in one way.
    const commit = commit_sha ?? '0'.repeat(40);
    const submodules = include_submodules ? { submodules: true } : {};
    const code = checkCode({ repository, commit, directories: directories ?? [], ...submodules });
    return [{ name: fullName, code: { ...code, commit: commit_sha ?? null } }];
  } catch {
    // A worker refuses this step, so it has never stored its code.
    return [];
  }
}

function cloneOf({ pull_steps }: Deployment): GitClone | undefined {
  for (const raw of pull_steps ?? []) {
    const step = pullStep.safeParse(raw);
    if (step.success && stepKinds.gitClone in step.data) return step.data[stepKinds.gitClone];
  }
  return undefined;
}

function isSame({ code }: Wanted, { repository, commit, directories, submodules = false, filesOnly = false }: Code): boolean {
  return (
    !filesOnly &&
    code.repository === repository &&
    (code.commit === null || code.commit === commit) &&
    code.directories.join('\n') === directories.join('\n') &&
    (code.submodules ?? false) === submodules
  );
}
