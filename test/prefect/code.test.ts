import { join } from 'node:path';

import { fromMillis } from '@tributary/contract';
import { startWorker } from '@tributary/worker';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';

import { eventually } from '../support/eventually.ts';
import { installWithGit } from '../support/git-installation.ts';
import { installOn } from '../support/installation.ts';
import { type Prefect, startPrefect } from '../support/prefect/server.ts';
import { type Proxy, startProxy } from '../support/proxy.ts';

let prefect: Prefect;
let proxy: Proxy;
beforeAll(async () => {
  prefect = await startPrefect();
  proxy = await startProxy(prefect.url);
});
afterAll(async () => {
  await proxy?.close();
  await prefect?.stop();
});
const installed = () => installWithGit(onTestFinished, (environment) => installOn({ TRIBUTARY_API_URL: proxy.url, ...environment }, {}));

it('a run fetches its code, and its holder and its code are reported before its code starts', async () => {
  const { on, ...code } = await installed();
  const worker = await on.startWorker('git', ['--prestart', '0']);
  const id = await code.trigger(await code.deploy('from git'));
  expect(await on.ended(id, 60)).toMatchObject({
    state_type: 'COMPLETED',
    labels: { 'tributary.worker': 'git', 'tributary.code.commit': code.commit, 'tributary.code.repository': code.git.url },
  });
  const names = (await code.statesOf(id)).map(({ name }) => name);
  expect(names).toEqual(['Scheduled', 'Pending', 'Fetching code', 'Submitting', 'Running', 'Completed']);
  const asked = proxy.requests.filter(({ path }) => path.includes(id));
  const lastLabels = asked.findLastIndex(({ path }) => path.endsWith('/labels'));
  // A busy server may get the labels twice.
  expect(asked[lastLabels]?.body).toContain('tributary.code.tree');
  // The host sends its requests to the same server.
  const running = asked.findIndex(({ path, body }) => path.endsWith('/set_state') && body.includes('"RUNNING"'));
  expect(lastLabels).toBeLessThan(running);
  await worker.stop();
});

it('a run whose worker is killed while it fetches the code is taken by another worker, and runs once', async () => {
  const { on, git, ...code } = await installed();
  let seen = 0;
  git.server.setFault(() => void (seen += 1));
  const flags = ['--prestart', '0', '--heartbeat-seconds', '1'];
  const killed = await on.startWorker('killed', flags);
  const id = await code.trigger(await code.deploy('of the killed'));
  await eventually(() => seen, Boolean, 60);
  await on.until(id, ['Fetching code']);
  killed.kill('SIGKILL');
  await killed.ended;
  git.server.setFault(undefined);
  const next = await on.startWorker('next', flags);
  expect(await on.ended(id, 90)).toMatchObject({ state_type: 'COMPLETED', run_count: 1, labels: { 'tributary.worker': 'next' } });
  expect((await code.statesOf(id)).map(({ name }) => name)).toContain('AwaitingCode');
  await next.stop();
});

it('a run is handed back while the Git server is away, and can be cancelled while it fetches', async () => {
  const { on, git, ...code } = await installed();
  git.server.setFault((_seen, response) => response.writeHead(503).end());
  const worker = await startWorker({
    client: on.client,
    api: { url: proxy.url, credential: null, features: [] },
    name: 'patient',
    root: on.workspace.root,
    home: on.workspace.home,
    dataDir: join(on.workspace.home, 'data'),
    prestart: 0,
    env: process.env,
    openStore: () => git.open(),
    log: () => undefined,
  });
  onTestFinished(() => worker.stop());
  const deployment = await code.deploy('away');
  const id = await code.trigger(deployment);
  const run = await on.until(id, ['AwaitingCode'], 60);
  expect(run).toMatchObject({ state_type: 'SCHEDULED', run_count: 0 });
  expect(run.state?.message).toContain('The code could not be fetched (try 1 of 4).');
  expect(String(run.next_scheduled_start_time) > fromMillis(Date.now() + 10_000)).toBe(true);
  let open = 0;
  git.server.setFault((_seen, response) => {
    open += 1;
    response.once('close', () => (open -= 1));
  });
  const other = await code.trigger(deployment);
  await on.until(other, ['Fetching code'], 60);
  await eventually(() => open, Boolean);
  await on.client.setFlowRunState({ path: { id: other }, body: { state: { type: 'CANCELLING' } } });
  expect(await on.ended(other)).toMatchObject({ state_type: 'CANCELLED' });
  await eventually(
    () => open,
    (left) => left === 0,
    2,
  );
});
