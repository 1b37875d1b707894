import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The path of this repository. */
export const repository = resolve(import.meta.dirname, '..', '..');

/** A workspace below the repository, so that its code finds the framework as every integration does. */
export interface Workspace {
  readonly root: string;
  readonly home: string;
  write(path: string, text: string): string;
  remove(): void;
}

/** Creates a workspace. @param files texts by path, such as `ints/sample/deployments.ts` */
export function createWorkspace(files: Readonly<Record<string, string>> = {}): Workspace {
  const parent = join(repository, '.tributary', 'workspaces');
  mkdirSync(parent, { recursive: true });
  const root = mkdtempSync(join(parent, 'w-'));
  const workspace: Workspace = {
    root,
    home: join(root, '.tributary'),
    write(path, text) {
      const file = join(root, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
  workspace.write(
    'nx.json',
    JSON.stringify({
      neverConnectToCloud: true,
      analytics: false,
      useDaemonProcess: false,
      plugins: ['@tributary/nx-plugin'],
      tributary: { workspace: 'test/workspace' },
    }),
  );
  workspace.write('package.json', JSON.stringify({ name: 'workspace', private: true, type: 'module' }));
  for (const [path, text] of Object.entries(files)) workspace.write(path, text);
  return workspace;
}
