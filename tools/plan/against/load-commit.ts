import { spawn } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { messageOf } from '@tributary/contract/error';
import { deploymentCreate } from '@tributary/contract/nouns/deployment';
import type { DesiredDeployment } from '@tributary/flow/deploy';
import { z } from 'zod';

import { type ChildTask, childReport } from './child-messages.ts';
import { replaceText } from './replace-text.ts';

/** Why a commit's deployments.ts can't be loaded, and where. */
export interface CommitFault {
  readonly message: string;
  /** relative to the workspace */
  readonly file?: string | null | undefined;
  readonly line?: number | null | undefined;
}

/** What an integration declares at a commit. */
export type LoadedAtCommit = { readonly deployments: readonly DesiredDeployment[] } | { readonly fault: CommitFault };

interface Given {
  /** the checkout, without symbolic links */
  readonly checkout: string;
  /** the workspace, for which the checkout stands */
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  /** how long the imports may take @default 60 */
  readonly seconds?: number;
}

const script = fileURLToPath(new URL('load-in-child.ts', import.meta.url));

/**
 * Loads integrations of a checkout in a process of its own, which ends with this function.
 * @returns what each integration declares, by its folder; or why the commit's framework can't load any
 */
export async function loadCommit(
  folders: readonly string[],
  { checkout, root, env, seconds = 60 }: Given,
): Promise<ReadonlyMap<string, LoadedAtCommit> | { readonly unusable: string }> {
  const loaded = new Map<string, LoadedAtCommit>();
  const done = Promise.withResolvers<string | undefined>();
  const child = spawn(process.execPath, [script], {
    cwd: checkout,
    env: { ...env, NODE_COMPILE_CACHE: compileCache() },
    // What user code prints isn't the command's output.
    stdio: ['ignore', 2, 2, 'ipc'],
    serialization: 'advanced',
  });
  const timer = setTimeout(() => done.resolve(undefined), seconds * 1000);
  child.once('error', (error) => done.resolve(messageOf(error)));
  // Comes after the process's last report.
  child.once('disconnect', () => done.resolve(undefined));
  child.on('message', (message) => {
    const { data: report } = childReport.safeParse(message);
    if (!report) return;
    if ('unusable' in report) done.resolve(report.unusable);
    else
      loaded.set(
        report.folder,
        'fault' in report ? { fault: plainFault(report.fault, checkout) } : read(report.deployments, report.folder, { checkout, root }),
      );
    if (loaded.size === folders.length) done.resolve(undefined);
  });
  // If the process can't be started, an event says so too.
  child.send({ root: checkout, folders } satisfies ChildTask, () => undefined);
  const unusable = await done.promise;
  clearTimeout(timer);
  child.kill('SIGKILL');
  if (unusable !== undefined) return { unusable };
  return new Map(folders.map((folder) => [folder, loaded.get(folder) ?? { fault: unfinished }]));
}

/**
 * The process may read this one's compile cache. It is killed, so it never writes what it compiled from the temporary folder.
 */
function compileCache(): string | undefined {
  const folder = getCompileCacheDir();
  return folder === undefined ? undefined : dirname(folder);
}

const unfinished: CommitFault = { message: 'its import ended early, or never ends' };

/** A deployment as the commit's framework describes it. What this framework doesn't know is dropped. */
const declared = z.object({
  name: z.templateLiteral([z.string(), '/', z.string()]),
  flowName: z.string(),
  inputs: z.array(z.string()).default([]),
  keepLive: z.array(z.string()).default([]),
  request: z.object(deploymentCreate.shape).omit({ flow_id: true }),
});

function read(deployments: readonly unknown[], folder: string, { checkout, root }: Pick<Given, 'checkout' | 'root'>): LoadedAtCommit {
  // The checkout stands for the workspace, also where a value has a path.
  const parsed = z.array(declared).safeParse(replaceText(deployments, checkout, root));
  if (!parsed.success) return { fault: { message: "its framework describes deployments in a way that this one can't read" } };
  const source = { file: join(root, folder, 'deployments.ts'), exportName: null };
  return { deployments: parsed.data.map((one) => ({ ...one, source, result: null })) };
}

function plainFault(fault: CommitFault, checkout: string): CommitFault {
  return { ...fault, message: fault.message.replaceAll(`${checkout}/`, '') };
}
