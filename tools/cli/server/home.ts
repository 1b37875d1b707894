import { resolve } from 'node:path';

import { findRoot, homeOf } from '@tributary/flow/engine';

import type { Call } from '../command/call.ts';

/** The work tree of a call, and its home folder. With TRIBUTARY_HOME there may be no work tree. */
export function placeOf({ cwd, env }: Pick<Call, 'cwd' | 'env'>): { readonly root: string; readonly home: string } {
  try {
    const root = findRoot(cwd);
    return { root, home: homeOf(root, env) };
  } catch (error) {
    if (!env['TRIBUTARY_HOME']) throw error;
    return { root: cwd, home: resolve(cwd, env['TRIBUTARY_HOME']) };
  }
}
