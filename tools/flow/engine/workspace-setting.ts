import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { issuesOf, messageOf, TributaryError } from '@tributary/contract/error';
import { secretName } from '@tributary/contract/secret-name';
import { z } from 'zod';

/** The id of a workspace that has none in its nx.json. It deploys to its own server only. */
export const localWorkspace = 'local';

/** The most characters of a workspace's id. */
const longest = 100;

const workspaceId = z
  .string()
  .max(longest, `a workspace's id has at most ${longest} characters`)
  .regex(/^[a-z\d._-]+(\/[a-z\d._-]+)?$/, 'a workspace\'s id consists of a-z, 0-9, ".", "_" and "-", and has at most one "/": acme/data')
  .refine((id) => id !== localWorkspace, `"${localWorkspace}" stands for workspaces without an id: choose another one, such as acme/data`);

/** Where deployments store their code, if it isn't in the folder that it is deployed from. */
const storage = z.strictObject({
  /** the repository's URL @default that of the remote "origin" */
  repository: z.string().optional(),
  /** the name of a secret with an access token @default none, for a repository that everybody may read */
  token: secretName.optional(),
});
/** What nx.json says in `"tributary": {"storage": {…}}`. */
export type StorageSettings = z.output<typeof storage>;

const settings = z.strictObject({
  /** whether the workspace uses the server of PREFECT_API_URL */
  engine: z.enum(['prefect', 'embedded']).optional(),
  /** the id of the workspace, by which an engine knows whose a deployment is */
  workspace: workspaceId.optional(),
  storage: storage.optional(),
});
const nxJson = z.object({ tributary: settings.optional() });

/** What nx.json says in `"tributary": {…}`. */
export type WorkspaceSettings = z.output<typeof settings>;

/**
 * Checks the id of a workspace that the environment gives instead of nx.json.
 * @throws `misuse` when it isn't one
 */
export function checkWorkspaceId(id: string, variable: string): string {
  const parsed = workspaceId.safeParse(id);
  if (parsed.success) return id;
  throw new TributaryError('misuse', `${variable}: ${issuesOf(parsed.error)[0]?.message ?? 'is invalid'}.`);
}

/**
 * Reads `"tributary": {…}` of a workspace's nx.json.
 * @throws `misuse` when nx.json can't be read, or a setting is invalid
 */
export async function readWorkspaceSettings(root: string): Promise<WorkspaceSettings> {
  const file = join(root, 'nx.json');
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new TributaryError('misuse', `${file} can't be read: ${messageOf(error)}.`, { cause: error });
  }
  const parsed = nxJson.safeParse(json);
  if (parsed.success) return parsed.data.tributary ?? {};
  const [issue] = issuesOf(parsed.error);
  throw new TributaryError('misuse', `${file}: ${issue?.path ?? 'tributary'}: ${issue?.message ?? 'is invalid'}.`);
}
