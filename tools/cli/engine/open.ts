import type { Client, Patience } from '@tributary/contract/client';
import { patience } from '@tributary/contract/client';
import type { Routes } from '@tributary/contract/routes';
import { connect, type Engine, resolveEngine } from '@tributary/flow/engine';

import type { Call } from '../command/call.ts';

export type ApiClient = Client<Routes>;

/** The engine that this call works on, and a client for it; what is worth knowing about the choice goes to standard error. */
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
