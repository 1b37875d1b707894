import type { Client, Patience } from '@tributary/contract/client';
import { patience } from '@tributary/contract/client';
import type { Routes } from '@tributary/contract/routes';
import { connect, type Engine, resolveEngine } from '@tributary/flow/engine';

import type { Call } from '../command/call.ts';

export type ApiClient = Client<Routes>;

/** Chooses the engine of a call and creates a client for it. A note about the choice goes to standard error. */
export async function openEngine(
  call: Call,
  access: 'read' | 'write',
  howLong: Patience = patience.command,
): Promise<{ engine: Engine; client: ApiClient }> {
  const engine = await resolveEngine({
    access,
    cwd: call.cwd,
    env: call.env,
    ...(call.engine ? { engine: call.engine } : {}),
    ...(call.url === undefined ? {} : { url: call.url }),
  });
  if (engine.note) call.out.note(engine.note);
  return { engine, client: connect(engine, { patience: howLong }) };
}
