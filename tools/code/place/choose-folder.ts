import { homedir } from 'node:os';
import { join } from 'node:path';

/** Chooses the store's folder: `TRIBUTARY_CODE_DIR`, otherwise one in the user's cache folder. */
export function chooseFolder(env: NodeJS.ProcessEnv, platform: string = process.platform): string {
  if (env['TRIBUTARY_CODE_DIR']) return env['TRIBUTARY_CODE_DIR'];
  const home = env['HOME'] || homedir();
  const caches = platform === 'darwin' ? join(home, 'Library', 'Caches') : env['XDG_CACHE_HOME'] || join(home, '.cache');
  return join(caches, 'tributary', 'code');
}
