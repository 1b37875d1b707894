import { execFileSync } from 'node:child_process';

const settings = ['-c', 'core.fsync=none', '-c', 'gc.auto=0', '-c', 'user.name=Test', '-c', 'user.email=test@example.com'];

/** Runs git in a folder, without the settings of this machine and its user. @returns what it printed @throws if it fails */
export function gitIn(folder: string, ...args: readonly string[]): string {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  return execFileSync('git', [...settings, ...args], {
    cwd: folder,
    env: { ...env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
    encoding: 'utf8',
  }).trim();
}
