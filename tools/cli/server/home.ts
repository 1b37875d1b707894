import { resolve } from 'node:path';

import { findRoot, homeOf } from '@tributary/flow/engine';

import type { Call } from '../command/call.ts';

/** Finds the work tree and the home folder of a call. Outside a work tree, TRIBUTARY_HOME must be set, and `root` is the working folder. */
export function placeOf({ cwd, env }: Pick<Call, 'cwd' | 'env'>): { readonly root: string; readonly home: string } {
  try {
    const root = findRoot(cwd);
    return { root, home: homeOf(root, env) };
  } catch (error) {
    if (!env['TRIBUTARY_HOME']) throw error;
    return { root: cwd, home: resolve(cwd, env['TRIBUTARY_HOME']) };
  }
}
