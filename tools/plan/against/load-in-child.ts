// Runs in a process of its own, with the framework of a commit. It imports nothing but Node's own modules: a second copy of the framework
// would get in the way of the commit's.
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { ChildTask, ChildReport } from './child-messages.ts';

process.exit = (code) => {
  throw new Error(`process.exit(${code ?? ''}) was called`);
};
// What user code leaves behind is the commit's own matter: its deployments are loaded nevertheless.
process.on('unhandledRejection', () => undefined).on('uncaughtException', () => undefined);

process.once('message', (asked: ChildTask) => {
  // If the command ends early, nobody else removes the checkout.
  process.once('disconnect', () => {
    rmSync(asked.root, { recursive: true, force: true });
    process.kill(process.pid, 'SIGKILL');
  });
  // Only the imports keep this process alive. So it ends if what they wait for never comes.
  process.channel?.unref();
  void load(asked);
});

async function load({ root, folders }: ChildTask): Promise<void> {
  const framework = await importFramework(root);
  if ('unusable' in framework) return send(framework);
  const { loadDeployments, shareFiles, importTogether } = framework;
  const fileOf = (folder: string): string => join(root, folder, 'deployments.ts');
  const shared: unknown = shareFiles?.();
  if (shared !== undefined) await importTogether?.(folders.map(fileOf), shared);
  await Promise.all(
    folders.map(async (folder) => {
      try {
        const loaded: unknown = await loadDeployments(fileOf(folder), { root, shared });
        const deployments: unknown = Array.isArray(loaded) ? loaded : valueOf(loaded, 'deployments');
        send({ folder, deployments: Array.isArray(deployments) ? deployments : [] });
      } catch (error) {
        send({ folder, fault: faultOf(error) });
      }
    }),
  );
}

/** The functions of a commit's framework. Older frameworks lack some. */
interface Framework {
  readonly loadDeployments: Function;
  readonly shareFiles: Function | undefined;
  readonly importTogether: Function | undefined;
}

async function importFramework(root: string): Promise<Framework | { readonly unusable: string }> {
  try {
    const file = createRequire(join(root, 'ints', 'package.json')).resolve('@tributary/flow/deploy');
    const framework: unknown = await import(pathToFileURL(file).href);
    const functionOf = (name: string): Function | undefined => {
      const value = valueOf(framework, name);
      return typeof value === 'function' ? value : undefined;
    };
    const loadDeployments = functionOf('loadDeployments');
    if (!loadDeployments) return { unusable: 'it lacks loadDeployments' };
    return { loadDeployments, shareFiles: functionOf('shareFiles'), importTogether: functionOf('importTogether') };
  } catch (error) {
    // Node lists further on which modules led there.
    return { unusable: faultOf(error).message.split('\n')[0] ?? '' };
  }
}

function faultOf(error: unknown): { readonly message: string; readonly file?: string; readonly line?: number } {
  const fault = valueOf(valueOf(error, 'facts'), 'fault');
  const [message, file, line] = [valueOf(fault ?? error, 'message'), valueOf(fault, 'file'), valueOf(fault, 'line')];
  return {
    message: typeof message === 'string' ? message : String(error),
    ...(typeof file === 'string' ? { file } : {}),
    ...(typeof line === 'number' ? { line } : {}),
  };
}

function valueOf(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined;
}

function send(report: ChildReport): void {
  try {
    process.send?.(report);
  } catch (error) {
    // A value that isn't JSON can't be sent.
    if ('folder' in report) process.send?.({ folder: report.folder, fault: faultOf(error) } satisfies ChildReport);
  }
}
