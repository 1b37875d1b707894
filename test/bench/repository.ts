import { copyFileSync } from 'node:fs';
import { join } from 'node:path';

import { start } from '../support/process.ts';
import { repository, type Workspace } from '../support/workspace.ts';

const author = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.org'];

/** Makes a workspace a repository of its own with our lockfile, as a team's workspace is, and commits all files. */
export async function commitAll({ root, write }: Workspace): Promise<void> {
  write('.gitignore', '.nx\n.tributary\nnode_modules\n');
  copyFileSync(join(repository, 'package-lock.json'), join(root, 'package-lock.json'));
  for (const args of [
    ['init', '-q'],
    ['add', '--all'],
    [...author, 'commit', '-q', '--allow-empty', '-m', 'bench'],
  ]) {
    const { code, stderr } = await start('git', args, { cwd: root }).ended;
    if (code !== 0) throw new Error(`git ${args.join(' ')} ended with exit code ${code}:\n${stderr}`);
  }
}
