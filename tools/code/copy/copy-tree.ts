import { TributaryError } from '@tributary/contract/error';
import { execa } from 'execa';

/**
 * Copies a tree of the store. The copy may be written. `cp` takes half the time that Node takes, and doesn't keep this process from other
 * work; file systems that can share blocks don't copy them before they change.
 * @param to an empty folder
 * @throws the signal's reason once it is aborted, and nothing is written any more then; `storage` if the copy can't be written
 */
export async function copyTree(from: string, to: string, { env, signal }: { env: NodeJS.ProcessEnv; signal: AbortSignal }): Promise<void> {
  const run = async (command: string, args: readonly string[]): Promise<void> => {
    signal.throwIfAborted();
    const { failed, stderr, shortMessage } = await execa(command, args, {
      env: { PATH: env['PATH'], LC_ALL: 'C' },
      extendEnv: false,
      stdin: 'ignore',
      cancelSignal: signal,
      forceKillAfterDelay: 300,
      reject: false,
    });
    signal.throwIfAborted();
    if (!failed) return;
    const reason = stderr.split('\n')[0] || shortMessage;
    throw new TributaryError('storage', `The files of a commit can't be copied: ${reason}. Free some space, or set TRIBUTARY_CODE_DIR.`);
  };
  // Links are copied as links, and -R on both systems follows none of them.
  await run('cp', ['-RP', `${from}/.`, to]);
  await run('chmod', ['-R', 'u+w', to]);
}
