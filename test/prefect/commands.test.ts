import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import type { FlowRunId } from '@tributary/contract';
import type { StateType } from '@tributary/contract/nouns/state';

import { installOnPrefect, type Installation } from '../support/prefect/installation.ts';
import { type Prefect, startPrefect } from '../support/prefect/server.ts';
import { type Ended, type StartOptions, tributary } from '../support/process.ts';

const deployments = `
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deployFactory, flow, logger, pause, run, tableArtifact, task } from '@tributary/flow';
import { z } from 'zod';

const count = task({ name: 'count rows' }, async (limit: number) => limit * 2);
export const load = flow({ name: 'load', parameters: z.object({ limit: z.int().default(10) }) }, async ({ limit }) => {
  logger.info('loading ' + limit);
  const rows = await count(limit);
  await tableArtifact({ key: 'row-counts', table: [{ table: 'products', rows }], description: 'What was loaded' });
  return rows;
});
export const failing = flow({ name: 'failing' }, async () => {
  throw new Error('no such table');
});
/** Completes when it is retried in its process. */
export const flaky = flow({ name: 'flaky', retries: 1, retryDelay: '1s' }, async () => {
  const file = join(run().dataDir, 'flaky');
  if (existsSync(file)) return 'at last';
  writeFileSync(file, '');
  throw new Error('not yet');
});
export const asking = flow({ name: 'asking' }, async () => {
  const { approved, reason } = await pause({ timeout: '2m', input: z.object({ approved: z.boolean(), reason: z.string() }) });
  return approved ? reason : 'refused';
});
export const nightly = deployFactory({ name: 'nightly', flow: load, cron: '0 0 * * *', tags: ['daily'], parameters: { limit: 5 } });
export const broken = deployFactory({ name: 'broken', flow: failing });
export const unsteady = deployFactory({ name: 'unsteady', flow: flaky });
export const question = deployFactory({ name: 'question', flow: asking });
`;
/** A Python flow that takes long when it first runs, and little time when it is resumed. */
const pythonFlow = `
import time
from pathlib import Path
from prefect import flow, task

@task
def step(n: int) -> int:
    time.sleep(0.5)
    return n

@flow(name="theirs")
def theirs(steps: int) -> None:
    began = Path(__file__).with_name("began")
    if began.exists():
        steps = 1
    began.touch()
    for n in range(steps):
        step(n)

if __name__ == "__main__":
    theirs.serve(name="here")
`;
const secretValue = 'p4ss w0rd; $(x) "ü"';

describe('our commands on a real Prefect server that asks for a credential', () => {
  let prefect: Prefect;
  let on: Installation;

  beforeAll(async () => {
    prefect = await startPrefect({ authString: 'admin:pass' });
    on = await installOnPrefect(prefect, { 'ints/sample/deployments.ts': deployments });
    await on.deploy('sample');
    await on.startWorker('one');
  });
  afterAll(async () => {
    await on?.close();
    await prefect?.stop();
  });

  const command = (args: readonly string[], options: StartOptions = {}): Promise<Ended> => on.command(args, options).ended;
  /** runs a command that must succeed. @returns what it prints */
  const text = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await command(args);
    expect([args, code, stderr]).toEqual([args, 0, '']);
    return stdout;
  };
  const json = async (...args: string[]): Promise<unknown> => JSON.parse(await text(...args, '--json'));
  /** runs a command that must fail. @returns its message */
  const refusal = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await command(args);
    expect([args, code, stdout]).toEqual([args, 1, '']);
    expect(stderr).not.toMatch(/^\s+at |Unexpected error/m);
    return stderr;
  };
  const created = async (deployment: string, ...args: string[]) =>
    z.object({ id: z.guid() }).parse(await json('deployment', 'run', deployment, ...args)).id;
  const setState = (id: string, type: StateType) => on.client.setFlowRunState({ path: { id }, body: { state: { type } } });
  const ended = async (id: string) => on.ended((await on.client.readFlowRun({ path: { id } })).data.id, 60);

  it('list, show, pause and resume deployments, and suggest the nearest name', async () => {
    expect(await text('deployment', 'ls')).toMatch(/load\/nightly +0 0 \* \* \* +tributary +default +daily/);
    expect(await json('deployment', 'ls', '--flow-name', 'load')).toMatchObject([{ full_name: 'load/nightly', parameters: { limit: 5 } }]);
    expect(await text('deployment', 'inspect', 'load/nightly')).toMatch(/Takes +limit/);
    await text('deployment', 'pause', 'load/nightly');
    expect(await json('deployment', 'inspect', 'load/nightly')).toMatchObject({ paused: true });
    await text('deployment', 'resume', 'load/nightly');
    expect(await json('deployment', 'inspect', 'load/nightly')).toMatchObject({ paused: false });
    expect(await refusal('deployment', 'run', 'load/nigthly')).toBe('There is no deployment "load/nigthly". Did you mean load/nightly?\n');
  });

  it('pause and resume one schedule', async () => {
    expect(await text('deployment', 'schedule', 'ls', 'load/nightly')).toMatch(/cron-1 +0 0 \* \* \* +yes/);
    await text('deployment', 'schedule', 'pause', 'load/nightly', 'cron-1');
    expect(await json('deployment', 'schedule', 'ls', 'load/nightly')).toMatchObject([{ slug: 'cron-1', active: false }]);
    await text('deployment', 'schedule', 'resume', 'load/nightly');
    expect(await json('deployment', 'schedule', 'ls', 'load/nightly')).toMatchObject([{ active: true }]);
    expect(await refusal('deployment', 'schedule', 'pause', 'load/nightly', 'cron-2')).toContain('Did you mean cron-1?');
  });

  it('run a deployment and watch it: its states, tasks and logs, with the exit code of its end', async () => {
    const { code, stdout, stderr } = await command([
      'deployment',
      'run',
      'load/nightly',
      '--param',
      'limit=7',
      '--name',
      'by-hand',
      '--watch',
    ]);
    expect([code, stderr]).toEqual([0, '']);
    for (const line of [/load\/by-hand {2}Running/, /✓ count rows/, /\| loading 7/, /load\/by-hand {2}Completed/])
      expect(stdout).toMatch(line);
    const failed = await command(['deployment', 'run', 'failing/broken', '--watch', '--json']);
    expect([failed.code, JSON.parse(failed.stdout)]).toMatchObject([
      1,
      { state_type: 'FAILED', state: { message: expect.stringContaining('no such table') } },
    ]);

    const watched = await command(['flow-run', 'watch', 'by-hand']);
    expect([watched.code, watched.stdout]).toEqual([0, expect.stringMatching(/Completed/)]);
    expect(await text('flow-run', 'inspect', 'by-hand')).toMatch(/count rows\S* +Completed/);
    expect(await text('flow-run', 'logs', 'by-hand')).toMatch(/INFO +loading 7/);
    expect(await text('flow-run', 'logs', 'by-hand', '--follow', '--json')).toMatch(/^\{.*"loading 7".*\}$/m);
    expect(await json('flow-run', 'ls', '--state', 'failed')).toMatchObject([{ flow_name: 'failing', state_type: 'FAILED' }]);
    const past = await command(['flow-run', 'ls', '--deployment', 'load/nightly']);
    expect([past.code, past.stdout]).toEqual([0, expect.stringMatching(/load +nightly +by-hand +Completed/)]);
  });

  it("say which parameters don't fit", async () => {
    expect(await refusal('deployment', 'run', 'load/nightly', '--param', 'limit="many"')).toMatch(
      /^load\/nightly was not started: limit: .*\.\n$/,
    );
  });

  it('start a run later, once per key, and show upcoming runs', async () => {
    const one = await created('load/nightly', '--in', '1h', '--name', 'later', '--tag', 'mine', '--idempotency-key', 'k');
    expect(await created('load/nightly', '--in', '1h', '--idempotency-key', 'k')).toBe(one);
    expect(await json('flow-run', 'inspect', 'later')).toMatchObject({
      state_type: 'SCHEDULED',
      tags: expect.arrayContaining(['mine', 'daily']),
    });
    const dropped = await created('load/nightly', '--in', '1h', '--name', 'dropped');
    await text('flow-run', 'cancel', dropped);
    const upcoming = await text('flow-run', 'ls', '--upcoming', '--limit', '200');
    expect([upcoming.includes(' later '), upcoming.includes(' dropped ')]).toEqual([true, false]);
    const past = await command(['flow-run', 'ls', '--limit', '200']);
    expect([past.stdout.includes(' later '), past.stdout.includes(' dropped ')]).toEqual([false, true]);
  });

  it('cancel runs that are scheduled, pending or paused, and refuse to cancel a run that has ended', async () => {
    const waiting = await created('load/nightly', '--in', '1h');
    expect(await text('flow-run', 'cancel', waiting)).toMatch(/is Cancelled/);
    expect(await refusal('flow-run', 'cancel', waiting)).toContain("can't be cancelled: it is Cancelled");

    const asked = await created('asking/question');
    await on.until(await idOf(asked), ['PAUSED'], 60);
    expect(await text('flow-run', 'cancel', asked, '--wait', '30')).toMatch(/is Cancelled/);

    // A pending run that no worker holds, as if its worker had ended. So no worker can stop the run.
    const pending = await created('load/nightly', '--in', '1h');
    await setState(pending, 'PENDING');
    expect(await text('flow-run', 'cancel', pending, '--wait', '1')).toMatch(/is Cancell(ed|ing)/);
  });

  it('resume a paused run with the input that it waits for', async () => {
    const id = await created('asking/question');
    await on.until(await idOf(id), ['PAUSED'], 60);
    expect(await text('flow-run', 'inspect', id)).toContain(`npx tributary flow-run resume ${id} --input approved=… --input reason=…`);
    expect(await refusal('flow-run', 'resume', id, '--input', 'approved=perhaps')).toMatch(
      /was not resumed: (?!Reason|Validation).*waits for: approved, reason/,
    );
    expect(await text('flow-run', 'resume', id, '--input', 'approved=true', '--input', 'reason=2026')).toMatch(/continues/);
    expect(await ended(id)).toMatchObject({ state_type: 'COMPLETED', state: { data: { value: '2026' } } });
    expect(await refusal('flow-run', 'resume', id)).toContain('only a paused or suspended run can be resumed');
  });

  it('retry a run that has ended, also one that was retried in its own process', async () => {
    const again = async (id: string): Promise<string> => {
      const { run_count } = await on.read(await idOf(id));
      expect(await text('flow-run', 'retry', id)).toContain(`will run again (attempt ${run_count + 1})`);
      await expect.poll(async () => (await on.read(await idOf(id))).run_count, { timeout: 60_000 }).toBe(run_count + 1);
      return (await ended(id)).state_type;
    };
    const failed = await created('failing/broken');
    expect([(await ended(failed)).state_type, await again(failed)]).toEqual(['FAILED', 'FAILED']);
    const completed = await created('flaky/unsteady');
    expect(await ended(completed)).toMatchObject({ state_type: 'COMPLETED', run_count: 2, empirical_policy: { retry_type: 'in_process' } });
    expect(await again(completed)).toBe('COMPLETED');
    expect(await refusal('flow-run', 'retry', await created('load/nightly', '--in', '1h'))).toMatch(
      /only a run that has ended can be retried/,
    );
  });

  it('run a Python deployment, and suspend, resume and show its run', async () => {
    const file = on.workspace.write('flows.py', pythonFlow);
    const serving = prefect.python([file], { cwd: on.workspace.root });
    try {
      await expect.poll(async () => (await command(['deployment', 'inspect', 'theirs/here'])).code, { timeout: 60_000 }).toBe(0);
      const id = await created('theirs/here', '--param', 'steps=300');
      await on.until(await idOf(id), ['RUNNING'], 60);
      expect(await text('flow-run', 'suspend', id)).toContain('will end its process before its next task');
      await serving.printed(/is paused|Suspended/, 60_000);
      expect((await on.read(await idOf(id))).state_name).toBe('Suspended');
      expect(await text('flow-run', 'resume', id)).toContain('continues (Resuming)');
      expect(await on.ended(await idOf(id), 90)).toMatchObject({ state_type: 'COMPLETED' });
      // Several runs of a task share a line.
      expect(await text('flow-run', 'inspect', id)).toMatch(/step\S* +(×\d+ +\d+ )?Completed/);
    } finally {
      await serving.stop();
    }
  }, 240_000);

  it('manage work pools', async () => {
    expect(await text('work-pool', 'ls')).toMatch(/tributary +tributary +READY +- +1/);
    expect(await text('work-pool', 'inspect', 'tributary')).toMatch(/one +ONLINE/);
    await text('work-pool', 'create', 'heavy', '--concurrency-limit', '2', '--description', 'for much');
    expect(await refusal('work-pool', 'create', 'heavy')).toMatch(/already exists, of type tributary.*--overwrite/);
    await text('work-pool', 'create', 'heavy', '--overwrite', '--description', 'for more');
    await text('work-pool', 'pause', 'heavy');
    expect(await json('work-pool', 'inspect', 'heavy')).toMatchObject({ is_paused: true, description: 'for more', concurrency_limit: 2 });
    await text('work-pool', 'resume', 'heavy');
    await text('work-pool', 'set-concurrency-limit', 'heavy', '7');
    expect(await json('work-pool', 'inspect', 'heavy')).toMatchObject({ is_paused: false, concurrency_limit: 7 });
    await text('work-pool', 'clear-concurrency-limit', 'heavy');
    expect(await json('work-pool', 'inspect', 'heavy')).toMatchObject({ concurrency_limit: null });
    expect(await refusal('work-pool', 'pause', 'heavi')).toBe('There is no work pool "heavi". Did you mean heavy?\n');
    expect(await json('work-pool', 'delete', 'heavy')).toMatchObject({ name: 'heavy', deleted: true });
    expect(await refusal('work-pool', 'create', 'prefect-pool')).toMatch(/reserved/);
  });

  it('manage concurrency limits, also those of deployments', async () => {
    await text('concurrency-limit', 'create', 'warehouse', '2');
    await text('concurrency-limit', 'create', 'api', '--limit', '10', '--decay', '0.5', '--disable');
    expect(await refusal('concurrency-limit', 'create', 'api', '3')).toMatch(/already.*concurrency-limit update api --limit 3/);
    await text('concurrency-limit', 'update', 'warehouse', '--limit', '4', '--active-slots', '1');
    expect(await json('concurrency-limit', 'inspect', 'warehouse')).toMatchObject({ limit: 4, active_slots: 1, active: true });
    await text('concurrency-limit', 'enable', 'api');
    expect(await json('gcl', 'inspect', 'api')).toMatchObject({ active: true, slot_decay_per_second: 0.5 });
    await text('concurrency-limit', 'disable', 'api');
    const { data: deployment } = await on.client.readDeploymentByName({ path: { flow: 'failing', deployment: 'broken' } });
    await on.client.updateDeployment({ path: { id: deployment.id }, body: { concurrency_limit: 3 } });
    const listed = await text('concurrency-limit', 'ls');
    expect(listed).toMatch(/api +10 +0 +0\.5 +no/);
    expect(listed).toMatch(new RegExp(`deployment:${deployment.id} +3 +0 +- +yes +failing/broken`));
    expect(await refusal('concurrency-limit', 'inspect', 'warehous')).toContain('Did you mean warehouse?');
    await text('concurrency-limit', 'delete', 'warehouse');
    expect(await refusal('concurrency-limit', 'delete', 'warehouse')).toContain('There is no concurrency limit "warehouse"');
  });

  it('show artifacts, and delete all versions of one', async () => {
    for (const limit of ['1', '2']) await ended(await created('load/nightly', '--param', `limit=${limit}`));
    const all = z.array(z.object({ key: z.string().nullable() })).parse(await json('artifact', 'ls', '--all', '--type', 'table'));
    const last = z.array(z.object({ key: z.string().nullable() })).parse(await json('artifact', 'ls', '--type', 'table'));
    expect([all.length > 1, last.map(({ key }) => key)]).toEqual([true, ['row-counts']]);
    const shown = await text('artifact', 'inspect', 'row-counts');
    expect(shown).toMatch(/Description +What was loaded/);
    expect(shown).toMatch(/table +rows\nproducts +4\n/);
    expect(await refusal('artifact', 'inspect', 'row-count')).toContain('Did you mean row-counts?');
    expect(await text('artifact', 'delete', 'row-counts')).toMatch(/Deleted the \d+ versions/);
    expect(await json('artifact', 'ls', '--type', 'table')).toEqual([]);
  });

  it('store secrets as Secret blocks that Python can read, and never print a secret', async () => {
    const outputs: string[] = [];
    const secret = async (args: readonly string[], input = ''): Promise<number | null> => {
      const { code, stdout, stderr } = await command(['secret', ...args], { input });
      outputs.push(stdout, stderr);
      return code;
    };
    expect(await secret(['set', 'token'], `${secretValue}1\n`)).toBe(0);
    expect(await secret(['set', 'token', '--json'], secretValue)).toBe(0);
    expect(await secret(['ls'])).toBe(0);
    const read = 'from prefect.blocks.system import Secret; print(Secret.load("token").get())';
    expect((await prefect.python(['-c', read]).ended).stdout).toBe(`${secretValue}\n`);
    expect(await secret(['delete', 'tokn'])).toBe(1);
    expect(await secret(['delete', 'token'])).toBe(0);
    expect(outputs.join('')).toContain('Did you mean token?');
    expect(outputs.join('')).not.toContain(secretValue);
  });

  it('store variables', async () => {
    expect(await text('variable', 'set', 'page_size', '50')).toBe('Created variable page_size.\n');
    expect(await text('variable', 'set', 'page_size', '60', '--tag', 'a')).toBe('Changed variable page_size.\n');
    expect(await json('variable', 'get', 'page_size')).toMatchObject({ value: 60, tags: ['a'] });
    expect(await text('variable', 'ls')).toMatch(/page_size +60 +a/);
    expect(await refusal('variable', 'get', 'page_sise')).toContain('Did you mean page_size?');
    await text('variable', 'delete', 'page_size');
    expect(await json('variable', 'ls')).toEqual([]);
  });

  it('delete a deployment', async () => {
    expect(await text('deployment', 'delete', 'failing/broken')).toContain('Deleted failing/broken');
    expect(await refusal('deployment', 'inspect', 'failing/broken')).toContain('There is no deployment');
  });

  it('show in the doctor which kind of server this is', async () => {
    const { stdout } = await command(['doctor', '--json']);
    const findings = z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })).parse(JSON.parse(stdout));
    expect(findings.filter(({ name }) => name === 'server' || name === 'workers')).toEqual([
      { name: 'server', ok: true, detail: `Prefect 3.8.8 at ${prefect.url} (a Prefect server)` },
      { name: 'workers', ok: true, detail: '1 online: one (work pool tributary)' },
    ]);
  });

  it('ask for a missing credential, name the variable of a wrong credential, and never print a credential', async () => {
    const { url } = prefect;
    const plain = (args: readonly string[], env: Readonly<Record<string, string>>) =>
      tributary(args, { cwd: on.workspace.root, env }).ended;
    const without = await plain(['deployment', 'ls'], { TRIBUTARY_API_URL: url });
    expect([without.code, without.stderr]).toEqual([
      1,
      `The server at ${url} asks for a credential: set PREFECT_API_AUTH_STRING or PREFECT_API_KEY.\n`,
    ]);
    for (const [name, value] of [
      ['PREFECT_API_AUTH_STRING', 'admin:wrong'],
      ['PREFECT_API_KEY', 'pnu_wrong'],
    ] as const) {
      const wrong = await plain(['deployment', 'run', 'load/nightly'], { TRIBUTARY_API_URL: url, [name]: value });
      expect([wrong.code, wrong.stderr]).toEqual([
        1,
        `The server at ${url} refused the credential in ${name}: put a valid credential there.\n`,
      ]);
    }
  });

  it('read from the server in PREFECT_API_URL, and change it only with --engine prefect', async () => {
    const env = { PREFECT_API_URL: prefect.url, PREFECT_API_AUTH_STRING: 'admin:pass' };
    const plain = (...args: string[]) => tributary(args, { cwd: on.workspace.root, env }).ended;
    const read = await plain('variable', 'ls', '--json');
    expect([read.code, read.stdout, read.stderr]).toEqual([0, '[]\n', `Reading from ${prefect.url}, which PREFECT_API_URL names.\n`]);
    const refused = await plain('variable', 'set', 'a', '1');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/would write there.*--engine prefect/)]);
    expect((await plain('variable', 'set', 'a', '1', '--engine', 'prefect')).code).toBe(0);
    expect((await plain('variable', 'delete', 'a', '--engine', 'prefect')).code).toBe(0);
  });

  async function idOf(id: string): Promise<FlowRunId> {
    return (await on.client.readFlowRun({ path: { id } })).data.id;
  }
});
