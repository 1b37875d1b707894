import { startServer } from '@tributary/server';

import type { Call } from '../command/call.ts';
import { untilStopped } from '../command/signals.ts';
import { placeOf } from './home.ts';
import { noteElsewhere } from './note-elsewhere.ts';

export interface StartOptions {
  readonly host?: string;
  readonly port?: number;
}

/** Runs the embedded server until a signal. A second signal ends it immediately. */
export async function start(call: Call, { host, port }: StartOptions): Promise<undefined> {
  const { out, env } = call;
  const server = await startServer({
    home: placeOf(call).home,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(env['TRIBUTARY_API_AUTH_STRING'] ? { authString: env['TRIBUTARY_API_AUTH_STRING'] } : {}),
    log: out.note,
  });
  const stopped = untilStopped(() => process.exit(1));
  if (call.json) out.jsonLine({ url: server.url, boot: server.boot, pid: process.pid });
  else out.line(`The server listens at ${server.url}. Ctrl-C stops it.`);
  noteElsewhere(call, server.url);
  await stopped;
  await server.close();
}
