import type { Client, Patience } from '@tributary/contract/client';
import { patience } from '@tributary/contract/client';
import { type Routes, routes } from '@tributary/contract/routes';
import { connect, type Engine, resolveEngine } from '@tributary/flow/engine';

import type { Call } from '../command/call.ts';

export type ApiClient = Client<Routes>;

/** A chosen engine, and a client for it. */
export interface Opened {
  readonly engine: Engine;
  readonly client: ApiClient;
}

/** Chooses the engine of a call and creates a client for it. A note about the choice goes to standard error. */
export async function openEngine(call: Call, access: 'read' | 'write', howLong: Patience = patience.command): Promise<Opened> {
  const engine = await resolveEngine({
    access,
    cwd: call.cwd,
    env: call.env,
    ...(call.engine ? { engine: call.engine } : {}),
    ...(call.url === undefined ? {} : { url: call.url }),
  });
  if (engine.note) call.out.note(engine.note);
  return { engine, client: connect(routes, engine, { patience: howLong }) };
}
