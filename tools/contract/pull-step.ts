import { z } from 'zod';

import { secretName } from './secret-name.ts';

/** The kinds of steps. A step is an object with one key, its kind, as in Prefect's protocol. */
export const stepKinds = {
  /** Tributary's own: uses a work tree on the worker's machine */
  localFolder: 'tributary.local_folder',
  gitClone: 'prefect.deployments.steps.git_clone',
  workingDirectory: 'prefect.deployments.steps.set_working_directory',
} as const;

/** What Prefect takes in every step: an id, by which later steps refer to its outputs, and Python packages. Tributary needs neither. */
const ofEachStep = { id: z.string().optional(), requires: z.union([z.string(), z.array(z.string())]).optional() };

/** A placeholder for the value of a secret: `{{ prefect.blocks.secret.NAME }}`. Read as the secret's name. */
export const secretPlaceholder = z
  .string()
  .regex(
    /^\{\{\s*prefect\.blocks\.secret\.[^\s{}]+\s*\}\}$/,
    'must name a secret, as in "{{ prefect.blocks.secret.github-access-token }}"; other placeholders, and tokens themselves, are refused',
  )
  .transform((text) => text.replace(/^\{\{\s*prefect\.blocks\.secret\.|\s*\}\}$/g, ''))
  .pipe(secretName);

/** Writes the placeholder for a secret's value. */
export function placeholderFor(secret: string): string {
  return `{{ prefect.blocks.secret.${secret} }}`;
}

/** Settings of Prefect's step that clones a repository. With neither a commit nor a branch, the default branch is taken. */
export const gitClone = z.strictObject({
  repository: z.string(),
  /** the whole commit */
  commit_sha: z.string().nullish(),
  /** a branch or a tag */
  branch: z.string().nullish(),
  /** the folders that are needed; without, all */
  directories: z.array(z.string()).nullish(),
  include_submodules: z.boolean().nullish(),
  access_token: secretPlaceholder.nullish(),
  /** where Prefect clones to; the code store has names of its own */
  clone_directory_name: z.string().nullish(),
  ...ofEachStep,
});
export type GitClone = z.output<typeof gitClone>;

/** How a worker gets a deployment's code. */
export const pullStep = z.union([
  z.strictObject({ [stepKinds.localFolder]: z.strictObject({ root: z.string() }) }),
  z.strictObject({ [stepKinds.gitClone]: gitClone }),
  /** a folder relative to the code that the steps before have got */
  z.strictObject({ [stepKinds.workingDirectory]: z.strictObject({ directory: z.string(), ...ofEachStep }) }),
]);
export type PullStep = z.output<typeof pullStep>;
