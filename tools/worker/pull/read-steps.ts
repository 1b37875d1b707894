import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';

import { issuesOf, TributaryError } from '@tributary/contract/error';
import type { JsonObject } from '@tributary/contract/json';
import { type GitClone, gitClone, pullStep, stepKinds } from '@tributary/contract/pull-step';

/** Where a deployment's code comes from: from a folder of this machine, or from a Git repository. */
export type CodeSource = {
  /** the folder that the deployment's path is relative to, itself relative to the code */
  readonly directory: string;
} & ({ readonly kind: 'folder'; readonly root: string } | { readonly kind: 'git'; readonly clone: GitClone });

/**
 * Reads a deployment's pull steps. This neither asks a server nor fetches anything.
 * @param root the worker's own work tree, which is used if no step names another one
 * @throws `crashed` if a step is unknown, has wrong settings, or names a folder that doesn't exist
 */
export async function readSteps(steps: readonly JsonObject[] | null | undefined, root: string): Promise<CodeSource> {
  let source: CodeSource = { kind: 'folder', root, directory: '' };
  for (const raw of steps ?? []) {
    const step = readStep(raw);
    if (stepKinds.localFolder in step)
      source = { kind: 'folder', root: await localFolder(step[stepKinds.localFolder].root), directory: '' };
    else if (stepKinds.workingDirectory in step)
      source = { ...source, directory: folderOf(step[stepKinds.workingDirectory].directory, source) };
    else {
      if (source.kind === 'git') throw secondRepository(source.clone, step[stepKinds.gitClone]);
      source = { kind: 'git', clone: step[stepKinds.gitClone], directory: '' };
    }
  }
  return source;
}

function readStep(raw: JsonObject) {
  const step = pullStep.safeParse(raw);
  if (step.success) return step.data;
  const kinds = Object.keys(raw);
  const settings = gitClone.safeParse(raw[stepKinds.gitClone]);
  // The issues name settings and never repeat values, because a value may be a token.
  const reason =
    kinds.length === 1 && kinds[0] === stepKinds.gitClone && !settings.success
      ? `Wrong settings in the pull step "${stepKinds.gitClone}" of the deployment: ${issuesOf(settings.error)
          .map(({ path, message }) => (path ? `${path} ${message}` : message))
          .join('; ')}. Correct the step, and deploy again.`
      : `Unknown pull step "${kinds.join(', ')}" in the deployment, or wrong settings for it. This worker knows ${Object.values(stepKinds).join(', ')}. Deploy again with this version of Tributary, or update the worker.`;
  throw new TributaryError('crashed', reason);
}

/** Reads a folder relative to the code. In Prefect's own words it begins with the code's folder: `{{ clone.directory }}/flows`. */
function folderOf(directory: string, source: CodeSource): string {
  const [placeholder, step] = /^\s*\{\{\s*([\w-]+)\.directory\s*\}\}\/?/.exec(directory) ?? [];
  const isClone = step !== undefined && source.kind === 'git' && source.clone.id === step;
  const folder = isClone ? directory.slice(placeholder?.length) : directory;
  if (!folder.includes('{{')) return folder;
  throw new TributaryError(
    'crashed',
    `The folder ${JSON.stringify(directory)} of a pull step has a placeholder that this worker doesn't know. Name a folder relative to the code, or begin with "{{ ID.directory }}", where ID is the id of the step that clones the repository.`,
  );
}

async function localFolder(root: string): Promise<string> {
  if (!isAbsolute(root)) throw new TributaryError('crashed', `The pull step's folder "${root}" is not absolute. Deploy again.`);
  const found = await stat(root).catch(() => undefined);
  if (found?.isDirectory()) return root;
  throw new TributaryError(
    'crashed',
    `The deployment's code should be in ${root}, but this worker's machine has no such folder. Deploy from a clone on this machine, or start the worker where the code is.`,
  );
}

function secondRepository(one: GitClone, other: GitClone): TributaryError {
  return new TributaryError(
    'crashed',
    `The deployment's pull steps clone two repositories, ${nameOf(one)} and ${nameOf(other)}. A run has the code of one repository: remove one of the steps, and deploy again.`,
  );
}

/** Names a repository without the user and the password that a URL may have. */
function nameOf({ repository }: GitClone): string {
  const url = URL.parse(repository);
  return url ? `${url.host}${url.pathname}` : 'one without a URL';
}
