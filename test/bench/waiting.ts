import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { createClient } from '@tributary/contract/client';
import { newId, type FlowRunId } from '@tributary/contract/id';
import { mostWaiting } from '@tributary/contract/nouns/waiting';
import { routes } from '@tributary/contract/routes';

import { type Running, tributary } from '../support/process.ts';
import type { Stops } from '../support/stops.ts';
import { createWorkspace } from '../support/workspace.ts';

/** How many ended runs the server has. */
const others = 1_000_000;

/**
 * Measures how long the server takes to say why 200 runs wait, beside a million runs that have ended. The runs wait for a queue whose slot
 * their parent holds, so each answer needs the most queries. @returns milliseconds per request
 */
export async function measureWaiting(stops: Stops, samples: number): Promise<number[]> {
  const workspace = createWorkspace({});
  await stops.add(workspace, async ({ remove }) => remove());
  const begin = async (): Promise<{ server: Running; url: string }> => {
    const options = { cwd: workspace.root, env: { TRIBUTARY_HOME: workspace.home } };
    const server = await stops.add(tributary(['server', 'start', '--port', '0', '--json'], options), (running) => running.stop());
    const [, url = ''] = await server.printed(/"url":"([^"]+)"/);
    return { server, url };
  };
  const { server } = await begin();
  await server.stop();
  fill(join(workspace.home, 'tributary.db'));
  const { url } = await begin();
  const client = createClient(routes, { url, patience: 30 });
  const ids = await createWaiting(client);
  const taken: number[] = [];
  for (let sample = 0; sample <= samples; sample += 1) {
    const began = performance.now();
    const { data } = await client.readWaiting({ body: { ids } });
    taken.push(performance.now() - began);
    if (data.some(({ code }) => code !== 'held-by-waiting-parents')) throw new Error(`A run waits for ${data[0]?.code ?? 'nothing'}.`);
  }
  // The first request starts the reader's thread.
  return taken.slice(1);
}

/** Writes runs that have ended, with their states. */
function fill(path: string): void {
  const database = new DatabaseSync(path);
  const numbers = `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${others})`;
  database.exec(`
    PRAGMA synchronous = OFF;
    PRAGMA cache_size = -500000;
    BEGIN;
    INSERT INTO flows (id, created, updated, name, tags, labels) VALUES ('${newId<FlowRunId>()}', 1, 1, 'bench', '[]', '{}');
    ${numbers} INSERT INTO flow_runs (id, created, updated, name, flow_id, parameters, context, empirical_policy, tags, labels, auto_scheduled,
        state_id, state_type, state_name, state_timestamp, expected_start_time, start_time, end_time)
      SELECT lower(hex(randomblob(4))) || printf('-0000-4000-8000-%012x', n), n, n, 'run ' || n, (SELECT id FROM flows), '{}', '{}', '{}', '[]', '{}', 0,
        printf('00000000-0000-4000-8000-%012x', n), 'COMPLETED', 'Completed', n, n, n, n FROM numbers;
    INSERT INTO flow_run_states (id, flow_run_id, type, name, timestamp, state_details)
      SELECT state_id, id, state_type, state_name, state_timestamp, '{}' FROM flow_runs;
    COMMIT;`);
  database.close();
}

async function createWaiting(client: ReturnType<typeof createClient<typeof routes>>): Promise<FlowRunId[]> {
  const pool = 'bench';
  await client.createWorkPool({ body: { name: pool, type: 'tributary' } });
  await client.createWorkQueue({ path: { pool }, body: { name: 'q', concurrency_limit: 1 } });
  await client.sendHeartbeat({ path: { pool }, body: { name: 'w', heartbeat_interval_seconds: 600 } });
  const { data: flow } = await client.createFlow({ body: { name: 'bench' } });
  const body = { name: 'bench', flow_id: flow.id, work_pool_name: pool, work_queue_name: 'q' };
  const { data: deployment } = await client.createDeployment({ body });
  const create = async (parent_task_run_id: string | null) =>
    (await client.createFlowRunFromDeployment({ path: { id: deployment.id }, body: { parent_task_run_id } })).data.id;
  const parent = await create(null);
  for (const type of ['PENDING', 'RUNNING'] as const) await client.setFlowRunState({ path: { id: parent }, body: { state: { type } } });
  return Promise.all(
    Array.from({ length: mostWaiting }, async (_, index) => {
      const standIn = { flow_run_id: parent, name: 'child', task_key: 'child', dynamic_key: String(index), task_inputs: {} };
      return create((await client.createTaskRun({ body: standIn })).data.id);
    }),
  );
}
