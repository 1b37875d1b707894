// This file, and the files that import it, are plain JavaScript. For TypeScript that isn't in the compile cache, Node would load a compiler, which
// takes a tenth of the time of a deploy that changes nothing.
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/**
 * Makes an executor for all projects that Nx runs together.
 * @param {'plan' | 'deploy'} verb
 */
export function batch(verb) {
  return async function* (taskGraph, inputs, overrides, context) {
    enableCompileCache(join(context.root, '.nx', 'compile-cache'));
    const { resolveQuickly } = await import('@tributary/plan/resolve');
    resolveQuickly();
    const { together } = await import('./nx-executor.ts');
    yield* together(verb)(taskGraph, inputs, overrides, context);
  };
}
