import { labels } from '@tributary/contract/nouns/label';
import { logCreate } from '@tributary/contract/nouns/log';
import { headers as names } from '@tributary/contract/routes/route';
import { z } from 'zod';

import type { FakeStore, Row } from './fake-store.ts';
import { filterRuns, interruptions, scheduledRuns } from './find-runs.ts';
import { hold } from './hold.ts';
import { createPool, storeHeartbeat } from './register-worker.ts';
import { found, type Reply, type Request } from './request.ts';
import { setState } from './set-state.ts';

/** Answers the requests of a worker and of its hosts. @param gone aborted when the client has closed the connection */
export async function answer(store: FakeStore, request: Request, gone: AbortSignal): Promise<Reply> {
  const { method, path, body } = request;
  const [noun = '', id = '', verb = '', last = ''] = path.slice(1).split('/');
  const row = store.rows.get(id);
  if (noun === 'work_pools' && method === 'GET') return found(store.pools.get(id));
  if (noun === 'deployments') return found(store.deployments.get(id));
  if (noun === 'work_pools' && method === 'POST' && !id) return createPool(store, body);
  if (verb === 'workers' && last === 'heartbeat') return storeHeartbeat(store, id, body);
  if (verb === 'workers' && last === 'filter') return { status: 200, body: [...store.workers.values()] };
  if (verb === 'get_scheduled_flow_runs') return hold(store, request, gone, () => scheduledRuns(store, body));
  if (path === '/tributary/interruptions' && store.features.includes('interruptions'))
    return hold(store, request, gone, () => interruptions(store, body));
  if (noun === 'flow_run_states') return { status: 200, body: store.row(path.split('=')[1] ?? '').states };
  if (noun === 'block_types') return found(secretOf(store, /\/name\/(.*)\?include_secrets=true$/.exec(path)?.[1] ?? ''));
  if (path === '/flow_runs/filter') return { status: 200, body: filterRuns(store, body) };
  if (path === '/logs/') return storeLogs(store, request);
  if (noun === 'flow_runs' && row) return answerRun(store, row, verb, request);
  return found(undefined);
}

function answerRun(store: FakeStore, row: Row, verb: string, request: Request): Reply {
  if (verb === 'set_state') return setState(store, row, request);
  if (request.method === 'GET') return found(row.run);
  const change =
    verb === 'labels'
      ? { labels: { ...row.run.labels, ...labels.parse(request.body) } }
      : z.object({ infrastructure_pid: z.string() }).parse(request.body);
  row.run = { ...row.run, ...change };
  return { status: 204 };
}

function secretOf({ secrets }: FakeStore, name: string): unknown {
  if (!secrets.has(name)) return undefined;
  const id = crypto.randomUUID();
  return { id, name, data: { value: secrets.get(name) }, block_schema_id: id, block_type_id: id };
}

/** Stores a batch once, however often it is sent under its id. */
function storeLogs({ logs, batches }: FakeStore, { headers, body }: Request): Reply {
  const id = headers[names.request]?.toString() ?? crypto.randomUUID();
  if (!batches.has(id)) logs.push(...z.array(logCreate).parse(body));
  batches.add(id);
  return { status: 201 };
}
