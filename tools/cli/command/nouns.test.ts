import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { createStage, type Stage } from '../test-support/stage.ts';

const schema = {
  type: 'object',
  properties: { baseUrl: { type: 'string' }, limit: { type: 'integer' } },
  required: ['baseUrl'],
  additionalProperties: false,
};
const secretValue = 'p4ss w0rd; $(x) "ü"';

describe.concurrent('the nouns of the command', () => {
  let on: Stage;
  beforeAll(async () => {
    on = await createStage();
    await on.deploy('export', 'products', {
      parameter_openapi_schema: schema,
      parameters: { limit: 5 },
      tags: ['daily'],
      schedules: [{ schedule: { cron: '0 0 * * *', timezone: 'Europe/Berlin' }, slug: 'cron-1' }],
      entrypoint: 'flows/api.ts:exportProducts',
      path: 'ints/products',
    });
  });
  afterAll(() => on.close());

  const json = async (...args: string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await on.command([...args, '--json']);
    expect([code, stderr]).toEqual([0, '']);
    return JSON.parse(stdout);
  };

  it('lists and shows deployments', async () => {
    const { stdout } = await on.command(['deployment', 'ls']);
    expect(stdout).toMatch(/^DEPLOYMENT +SCHEDULE/);
    expect(stdout).toMatch(/export\/products +0 0 \* \* \* Europe\/Berlin +tributary +default +daily/);
    expect(await json('deployment', 'ls', '--flow-name', 'export')).toMatchObject([
      { full_name: 'export/products', parameters: { limit: 5 } },
    ]);
    const shown = await on.command(['deployment', 'inspect', 'export/products']);
    expect(shown.stdout).toMatch(/Entrypoint +ints\/products\/flows\/api.ts:exportProducts/);
    expect(shown.stdout).toMatch(/Takes +baseUrl, limit/);
  });

  it('suggests the deployment that was meant', async () => {
    for (const verb of [['run'], ['inspect'], ['pause'], ['delete']]) {
      const { code, stdout, stderr } = await on.command(['deployment', ...verb, 'export/product']);
      expect([code, stdout, stderr]).toEqual([1, '', 'There is no deployment "export/product". Did you mean export/products?\n']);
    }
    const bare = await on.command(['deployment', 'run', 'products']);
    expect(bare.stderr).toMatch(/named flow\/deployment\. Did you mean export\/products\?/);
  });

  it('pauses and resumes a deployment', async () => {
    await on.deploy('nightly', 'paused');
    expect((await on.command(['deployment', 'pause', 'nightly/paused'])).code).toBe(0);
    expect(await json('deployment', 'inspect', 'nightly/paused')).toMatchObject({ paused: true });
    expect((await on.command(['deployment', 'resume', 'nightly/paused'])).code).toBe(0);
    expect(await json('deployment', 'inspect', 'nightly/paused')).toMatchObject({ paused: false });
  });

  it('runs a deployment with parameters, a name, tags and a time', async () => {
    const parameters = ['--param', 'baseUrl=http://127.0.0.1:1', '--params', '{"limit": 7}'];
    const run = await json('deployment', 'run', 'export/products', ...parameters, '--name', 'by-hand', '--tag', 'one,two', '--in', '1h');
    expect(run).toMatchObject({ name: 'by-hand', parameters: { baseUrl: 'http://127.0.0.1:1', limit: 7 }, state_type: 'SCHEDULED' });
    const { tags, expected_start_time } = z.object({ tags: z.array(z.string()), expected_start_time: z.string() }).parse(run);
    expect(tags).toEqual(expect.arrayContaining(['daily', 'one', 'two']));
    expect((Date.parse(expected_start_time) - Date.now()) / 60_000).toBeCloseTo(60, 0);
    const piped = await on.command(['deployment', 'run', 'export/products', '--params', '-', '--json', '--in', '1h'], {
      input: '{"baseUrl":"x"}',
    });
    expect(JSON.parse(piped.stdout)).toMatchObject({ parameters: { baseUrl: 'x', limit: 5 } });
  });

  it('creates one run per idempotency key', async () => {
    const once = () => json('deployment', 'run', 'export/products', '--param', 'baseUrl=x', '--idempotency-key', 'k', '--in', '1h');
    const identified = z.object({ id: z.guid() });
    expect(identified.parse(await once())).toEqual(identified.parse(await once()));
  });

  it("names each parameter that doesn't fit", async () => {
    const { code, stderr } = await on.command(['deployment', 'run', 'export/products', '--param', 'limit="many"', '--param', 'colour=red']);
    expect(code).toBe(1);
    expect(stderr).toContain("don't fit export/products");
    for (const issue of [/^ {2}limit: must be integer$/m, /^ {2}colour: .* parameter/m, /^ {2}baseUrl: is missing$/m])
      expect(stderr).toMatch(issue);
    expect(stderr).not.toMatch(/^\s+at |http:/m);
  });

  it('lists past runs, and upcoming ones only with --upcoming', async () => {
    const id = await on.trigger(await on.deploy('nightly', 'load'), 'tonight');
    await on.state(id, 'PENDING');
    await on.state(id, 'RUNNING');
    await on.state(id, 'FAILED', 'no such table');
    const past = await on.command(['flow-run', 'ls', '--flow-name', 'nightly']);
    expect(past.stdout).toMatch(new RegExp(`${id} +nightly +load +tonight +Failed`));
    expect(await json('flow-run', 'ls', '--state', 'failed', '--flow-name', 'nightly')).toMatchObject([{ id, flow_name: 'nightly' }]);
    const upcoming = z.array(z.object({ state_type: z.string() })).parse(await json('flow-run', 'ls', '--upcoming', '--limit', '200'));
    expect(new Set(upcoming.map(({ state_type }) => state_type))).toEqual(new Set(['SCHEDULED']));
    const monthly = await on.deploy('monthly', 'load');
    for (const name of ['later', 'dropped']) await json('deployment', 'run', 'monthly/load', '--in', '1h', '--name', name);
    await on.command(['flow-run', 'cancel', 'dropped']);
    const loads = ['--deployment', 'monthly/load'];
    expect(await json('flow-run', 'ls', ...loads)).toMatchObject([{ name: 'dropped', deployment_id: monthly.id }]);
    expect(await json('flow-run', 'ls', ...loads, '--upcoming')).toMatchObject([{ name: 'later' }]);
    expect(await json('flow-run', 'ls', ...loads, '--upcoming', '--state', 'cancelled')).toMatchObject([{ name: 'dropped' }]);
    const late = await on.trigger(monthly, 'late');
    await on.client.setFlowRunState({ path: { id: late }, body: { state: { type: 'SCHEDULED', name: 'Late' } } });
    expect(await json('flow-run', 'ls', ...loads, '--state', 'late')).toMatchObject([{ id: late }]);
    for (const [state, answer] of [
      ['compleeted', 'No flow run matches. "compleeted" isn\'t a usual state: did you mean Completed?\n'],
      ['crashed', 'No flow run matches.\n'],
      ['awaitingretry', 'No flow run matches.\n'],
    ] as const)
      expect(await on.command(['flow-run', 'ls', '--flow-name', 'nightly', '--state', state])).toEqual({
        code: 0,
        stdout: answer,
        stderr: '',
      });
    const shown = await on.command(['flow-run', 'inspect', 'tonight']);
    expect(shown.stdout).toMatch(/Message +no such table/);
    await on.trigger(await on.deploy('weekly', 'load'), 'tonight');
    expect(await json('flow-run', 'inspect', 'nightly/tonight')).toMatchObject({ id });
    const two = await on.command(['flow-run', 'inspect', 'tonight']);
    expect([two.code, two.stderr]).toEqual([1, expect.stringMatching(/2 flow runs are named "tonight": give the id/)]);
    const wrong = await on.command(['flow-run', 'inspect', 'tonigth']);
    expect([wrong.code, wrong.stderr]).toEqual([1, 'There is no flow run "tonigth". Did you mean tonight?\n']);
  });

  it('says how many runs a list leaves out, and how to see them', async () => {
    const deployment = await on.deploy('many', 'runs');
    for (const name of ['a', 'b', 'c']) await on.trigger(deployment, name);
    const ls = (...more: string[]) => on.command(['flow-run', 'ls', '--flow-name', 'many', '--limit', '2', ...more]);
    const left = '1 more flow run matches: --limit 3 lists all.\n';
    expect((await ls()).stderr).toBe(left);
    expect((await ls('--state', 'scheduled', '--json')).stderr).toBe(left);
    expect((await ls('--limit', '3')).stderr).toBe('');
  });

  it('prints logs, and follows them to the end of the run', async () => {
    const id = await on.trigger(await on.deploy('logging', 'logs'), 'talkative');
    await on.state(id, 'PENDING');
    await on.state(id, 'RUNNING');
    await on.log(id, 'first');
    const following = on.call(['flow-run', 'logs', id, '--follow']);
    await following.printed(/INFO {6}first/);
    await on.log(id, 'second', 40);
    await following.printed(/ERROR {5}second/);
    await on.state(id, 'COMPLETED');
    await on.log(id, 'written before, posted after', 20, 1);
    const { code, stdout } = await following.ended;
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.replace(/^\S+ +/, '')),
    ).toEqual(['INFO      first', 'ERROR     second', 'INFO      written before, posted after']);
    expect(await json('flow-run', 'logs', id, '--level', 'error')).toMatchObject([{ message: 'second' }]);
  });

  it('prints a long answer completely, even to a slow reader', async () => {
    const id = await on.trigger(await on.deploy('logging', 'long'));
    await on.log(id, 'x'.repeat(900_000));
    const reading = on.start(['flow-run', 'logs', id, '--json'], { pauseOutput: 3000 });
    const { code, stdout } = await reading.ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ message: 'x'.repeat(900_000) }]);
  });

  it('cancels a run, and refuses to cancel it again', async () => {
    const id = await on.trigger(await on.deploy('cancelling', 'slow'), 'unwanted');
    const { code, stdout } = await on.command(['flow-run', 'cancel', id]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('unwanted is Cancelled')]);
    const again = await on.command(['flow-run', 'cancel', id]);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("can't be cancelled: it is Cancelled")]);
  });

  it('says that a worker has not stopped a run yet', async () => {
    const id = await on.trigger(await on.deploy('cancelling', 'stubborn'), 'stubborn');
    await on.state(id, 'PENDING');
    await on.state(id, 'RUNNING');
    await on.client.updateFlowRun({ path: { id }, body: { infrastructure_pid: '1' } });
    const { code, stdout } = await on.command(['flow-run', 'cancel', id, '--wait', '0.3']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/Cancelling: its worker has not stopped the run yet/)]);
  });

  it('retries only a run that has ended', async () => {
    const id = await on.trigger(await on.deploy('retrying', 'flaky'), 'flaky');
    const early = await on.command(['flow-run', 'retry', id]);
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('only a run that has ended')]);
    for (const type of ['PENDING', 'RUNNING', 'FAILED'] as const) await on.state(id, type);
    expect((await on.command(['flow-run', 'retry', id])).stdout).toContain('attempt 2');
    expect(await json('flow-run', 'inspect', id)).toMatchObject({ state_type: 'SCHEDULED', state_name: 'AwaitingRetry' });

    // The server itself never retries a completed run, but a person can.
    const done = await on.trigger(await on.deploy('retrying', 'done'), 'done');
    for (const type of ['PENDING', 'RUNNING'] as const) await on.state(done, type);
    await on.client.setFlowRunState({ path: { id: done }, body: { state: { type: 'COMPLETED', data: { value: 1 } } } });
    expect((await on.command(['flow-run', 'retry', done])).code).toBe(0);

    const { data: flow } = await on.client.createFlow({ body: { name: 'script' } });
    const { data: script } = await on.client.createFlowRun({ body: { flow_id: flow.id, state: { type: 'COMPLETED' } } });
    const refused = await on.command(['flow-run', 'retry', script.id]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('has no deployment')]);
  });

  it('shows work pools with their queues and workers', async () => {
    await on.client.sendHeartbeat({ path: { pool: 'tributary' }, body: { name: 'one', heartbeat_interval_seconds: 10 } });
    expect((await on.command(['work-pool', 'ls'])).stdout).toMatch(/tributary +tributary +READY +- +1/);
    expect((await on.command(['work-pool', 'inspect', 'tributary'])).stdout).toMatch(/one +ONLINE/);
    const wrong = await on.command(['work-pool', 'inspect', 'tributry']);
    expect([wrong.code, wrong.stderr]).toEqual([1, 'There is no work pool "tributry". Did you mean tributary?\n']);
  });

  it('pauses a work queue and sets its limit', async () => {
    const { client } = on;
    await client.createWorkPool({ body: { name: 'heavy', type: 'tributary' } });
    await client.createWorkQueue({ path: { pool: 'heavy' }, body: { name: 'q' } });
    const queue = async () => (await client.readWorkQueue({ path: { pool: 'heavy', queue: 'q' } })).data;
    const { stdout } = await on.command(['work-queue', 'set-concurrency-limit', 'q', '3', '--pool', 'heavy']);
    expect(stdout).toBe('Work queue q of work pool heavy has a concurrency limit of 3 now.\n');
    expect(await json('work-queue', 'pause', 'q', '--pool', 'heavy')).toMatchObject({ is_paused: true, concurrency_limit: 3 });
    await on.command(['work-queue', 'resume', 'q', '--pool', 'heavy']);
    await on.command(['work-queue', 'clear-concurrency-limit', 'q', '--pool', 'heavy']);
    expect(await queue()).toMatchObject({ is_paused: false, concurrency_limit: null });
    const wrong = await on.command(['work-queue', 'pause', 'defalt']);
    expect([wrong.code, wrong.stderr]).toEqual([1, 'There is no work queue "defalt". Did you mean default?\n']);
  });

  it('stores variables: as JSON if the value is JSON, otherwise as text', async () => {
    expect((await on.command(['variable', 'set', 'page_size', '50'])).stdout).toBe('Created variable page_size.\n');
    expect((await on.command(['variable', 'set', 'page_size', '60', '--tag', 'a'])).stdout).toBe('Changed variable page_size.\n');
    await on.command(['variable', 'set', 'region', 'eu west']);
    expect((await on.command(['variable', 'get', 'region'])).stdout).toBe('eu west\n');
    expect(await json('variable', 'get', 'page_size')).toMatchObject({ value: 60, tags: ['a'] });
    expect(await json('variable', 'ls')).toMatchObject([{ name: 'page_size' }, { name: 'region' }]);
    const wrong = await on.command(['variable', 'get', 'regoin']);
    expect([wrong.code, wrong.stderr]).toEqual([1, 'There is no variable "regoin". Did you mean region?\n']);
    expect((await on.command(['variable', 'delete', 'region'])).code).toBe(0);
    expect(await json('variable', 'ls')).toHaveLength(1);
  });

  it('stores secrets from standard input, and never prints one', async () => {
    const outputs: string[] = [];
    const secret = async (args: readonly string[], input = ''): Promise<number | null> => {
      const { code, stdout, stderr } = await on.command(['secret', ...args], { input });
      outputs.push(stdout, stderr);
      return code;
    };
    const held = async () =>
      (await on.client.readBlockDocument({ path: { slug: 'secret', name: 'token' }, query: { include_secrets: 'true' } })).data.data[
        'value'
      ];
    expect(await secret(['set', 'token'], `${secretValue}\n`)).toBe(0);
    expect(await held()).toBe(secretValue);
    expect(await secret(['set', 'token', '--json'], `${secretValue}2`)).toBe(0);
    expect(await held()).toBe(`${secretValue}2`);
    expect(await secret(['ls'])).toBe(0);
    expect(await secret(['ls', '--json'])).toBe(0);
    expect(JSON.parse(outputs.at(-2) ?? '')).toEqual([
      { id: expect.any(String), name: 'token', created: expect.any(String), updated: expect.any(String) },
    ]);
    expect(await secret(['set', 'token'])).toBe(2);
    expect(await secret(['set', 'token', secretValue])).toBe(2);
    expect(await secret(['set', 'token', `--${secretValue}`])).toBe(2);
    expect(await secret(['delete', 'tokn'])).toBe(1);
    expect(await secret(['delete', 'token'])).toBe(0);
    expect(outputs.join('')).toContain('Did you mean token?');
    expect(outputs.join('')).not.toContain(secretValue);
  });

  it('deletes a deployment with its runs that have not started', async () => {
    await on.deploy('doomed', 'short-lived');
    expect((await on.command(['deployment', 'delete', 'doomed/short-lived'])).stdout).toContain('Deleted doomed/short-lived');
    expect((await on.command(['deployment', 'inspect', 'doomed/short-lived'])).code).toBe(1);
  });
});

describe.concurrent('a server with an auth string', () => {
  let on: Stage;
  beforeAll(async () => {
    on = await createStage({ authString: 'ann:secret' });
  });
  afterAll(() => on.close());

  it('accepts commands with the right auth string, and otherwise says what to set', async () => {
    const env = (authString?: string) => ({ TRIBUTARY_API_URL: on.url, ...(authString ? { TRIBUTARY_API_AUTH_STRING: authString } : {}) });
    expect((await on.command(['deployment', 'ls'], { env: env('ann:secret') })).code).toBe(0);
    const wrong = await on.command(['deployment', 'ls'], { env: env('ann:wrong') });
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('TRIBUTARY_API_AUTH_STRING')]);
    expect(wrong.stderr).not.toContain('ann:wrong');
    const without = await on.command(['deployment', 'ls'], { env: env() });
    expect([without.code, without.stderr]).toEqual([1, expect.stringContaining('set TRIBUTARY_API_AUTH_STRING')]);
  });
});
