import { patience } from '@tributary/contract/client';
import { isTributaryError } from '@tributary/contract/error';
import { secretEnvironmentName } from '@tributary/flow/deploy';
import { connect, type Engine } from '@tributary/flow/engine';

import type { Token } from './find-why-unfetchable.ts';

/** Reads the token as a worker does, from the engine. For the plan alone, the environment may have it, as for scripts without a server. */
export async function readToken(name: string, engine: Engine, env: NodeJS.ProcessEnv): Promise<Token> {
  const [{ settingRoutes }, { readSecret }] = await Promise.all([
    import('@tributary/contract/routes/settings'),
    import('@tributary/contract/client/read-secret'),
  ]);
  const own = env[secretEnvironmentName(name)];
  try {
    const stored = await readSecret(connect(settingRoutes, engine, { patience: patience.command }), name);
    return { value: stored ?? own, isStored: stored !== undefined };
  } catch (error) {
    if (isTributaryError(error, 'unauthorized')) return { value: own, isStored: true };
    throw error;
  }
}
