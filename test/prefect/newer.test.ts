import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';

import { installOn, type Installation } from '../support/installation.ts';
import { type Answered, type Asked, type Proxy, startProxy } from '../support/proxy.ts';
import { type Prefect, startPrefect } from '../support/prefect/server.ts';
import { nx } from '../support/process.ts';
import { marking } from './marks.ts';

let prefect: Prefect;
let proxy: Proxy;
let on: Installation;

beforeAll(async () => {
  prefect = await startPrefect();
  // The API has a path like that of Prefect Cloud.
  proxy = await startProxy(prefect.url, '/api/accounts/1111/workspaces/2222');
  on = await installOn({ TRIBUTARY_API_URL: proxy.url, PREFECT_API_KEY: 'pnu_a-key' }, { ...marking, ...talking });
  proxy.edit = newer;
  proxy.fault = ({ path, body }) => (path === '/logs/' && hasLongLine(body) ? { status: 422 } : undefined);
});
afterEach(() => {
  hibernating.clear();
});
afterAll(async () => {
  await on?.close();
  await proxy?.close();
  await prefect?.stop();
});

/** An integration that logs and prints lines that are longer than Prefect Cloud accepts. */
const talking = {
  'ints/talks/flows/talk.ts': `import { flow, logger } from '@tributary/flow';

export const talk = flow({ name: 'talk' }, () => {
  logger.info('before');
  logger.info('é'.repeat(40_000));
  process.stdout.write('p'.repeat(40_000) + '\\n');
  logger.info('after');
});
`,
  'ints/talks/deployments.ts': `import { deployFactory } from '@tributary/flow';
import { talk } from './flows/talk.ts';

export const one = deployFactory({ name: 'long', flow: talk });
`,
};
/** True if a log line is larger than Prefect Cloud accepts by default (PREFECT_CLOUD_MAX_LOG_SIZE). */
const hasLongLine = (body: string) =>
  z
    .array(z.unknown())
    .parse(JSON.parse(body))
    .some((line) => Buffer.byteLength(JSON.stringify(line)) > 25_000);

/** The ids of runs that the proxy shows in a state that only a newer server has. */
const hibernating = new Set<string>();
/** Keys whose values `newer` doesn't change, because users wrote the values, or because the values aren't records. */
const content =
  /^(parameters|labels|data|base_job_template|job_variables|pull_steps|parameter_openapi_schema|empirical_policy|task_inputs|context|metadata_)$/;
const statuses: Readonly<Record<string, string>> = { READY: 'WARMED_UP', NOT_READY: 'COLD', ONLINE: 'BUSY', OFFLINE: 'ASLEEP' };

/** Changes an answer into that of a later minor version: adds new fields to all records, and new values to enumerations. */
function newer(answer: Answered, { path }: Asked): Answered {
  const headers = { ...answer.headers, 'x-prefect-version': '3.99.0' };
  if (!answer.body.startsWith('{') && !answer.body.startsWith('[')) return { ...answer, headers };
  const body = renewed(JSON.parse(answer.body));
  const run = /^\/flow_run_states\/\?flow_run_id=(.+)$/.exec(path)?.[1];
  if (Array.isArray(body) && run !== undefined && hibernating.has(run))
    return { ...answer, headers, body: JSON.stringify(body.map(asleep)) };
  return { ...answer, headers, body: JSON.stringify(body) };
}

const asleep = (state: object) => ({ ...state, type: 'HIBERNATING', name: 'Hibernating' });

function renewed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renewed);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([key, inner]): [string, unknown] => {
    if (content.test(key)) return [key, inner];
    if (key === 'status' && typeof inner === 'string' && inner in statuses) return [key, statuses[inner]];
    if (key === 'created_by' && inner) return [key, { ...inner, type: 'AGENT_OF_THE_FUTURE' }];
    return [key, renewed(inner)];
  });
  const noun = { ...Object.fromEntries(fields), new_in_a_later_version: { of: ['a', 1, null] } };
  if (!('state_type' in noun && 'id' in noun && hibernating.has(String(noun.id)))) return noun;
  const state = 'state' in noun && typeof noun.state === 'object' && noun.state ? asleep(noun.state) : null;
  return { ...noun, state_type: 'HIBERNATING', state_name: 'Hibernating', state };
}

const deploy = async () => {
  const env = { TRIBUTARY_API_URL: proxy.url, PREFECT_API_KEY: 'pnu_a-key', TRIBUTARY_HOME: on.workspace.home };
  const { code, stdout, stderr } = await nx(['run', 'ints-marks:deploy'], { cwd: on.workspace.root, env }).ended;
  return { code, said: stdout + stderr };
};

describe('on a server of a later minor version', () => {
  it('deploy, worker, run and watch work, and a second deploy finds no change', async () => {
    expect(await deploy()).toMatchObject({ code: 0, said: expect.stringContaining('create work/here') });
    const worker = await on.startWorker('newer');
    onTestFinished(async () => void (await worker.stop()));
    const watched = await on.command(['deployment', 'run', 'work/here', '--param', 'mark=newer', '--param', 'seconds=1', '--watch']).ended;
    expect(watched).toMatchObject({ code: 0, stdout: expect.stringContaining('step 2') });
    const again = await deploy();
    expect(again).toMatchObject({ code: 0 });
    expect(again.said).toContain('0 created, 0 updated, 3 unchanged');
  });

  it('a run in an unknown type of state is listed and watched, and does not count as ended', async () => {
    const worker = await on.startWorker('newer');
    onTestFinished(async () => void (await worker.stop()));
    const id = await on.trigger('work/here', { mark: 'hibernating', seconds: 1 });
    hibernating.add(id);
    const watching = on.command(['flow-run', 'watch', id]);
    await watching.printed(/Hibernating/, 60_000);
    expect((await on.command(['flow-run', 'ls']).ended).stdout).toContain('Hibernating');
    expect((await on.command(['flow-run', 'inspect', id]).ended).stdout).toContain('Hibernating');
    hibernating.clear();
    expect(await watching.ended).toMatchObject({ code: 0 });
  });

  it('log lines that are longer than Prefect Cloud accepts are cut, and other lines are not lost', async () => {
    const worker = await on.startWorker('talks');
    onTestFinished(async () => void (await worker.stop()));
    await on.deploy('talks');
    const id = await on.trigger('talk/long');
    expect(await on.ended(id)).toMatchObject({ state_type: 'COMPLETED' });
    const said = async () =>
      (await on.client.filterLogs({ body: { logs: { flow_run_id: { any_: [id] } } } })).data.map(({ message }) => message);
    const lines = ['before', /^é{12000,}… \[truncated\]$/, /^p{24000,}… \[truncated\]$/, 'after'];
    await expect.poll(said, { timeout: 20_000 }).toEqual(expect.arrayContaining(lines.map((line) => expect.stringMatching(line))));
  });

  it.each([
    [['deployment', 'ls']],
    [['work-pool', 'ls']],
    [['work-pool', 'inspect', 'tributary']],
    [['deployment', 'inspect', 'work/here']],
  ])('the command %o works', async (args) => {
    expect(await on.command(args).ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/tributary|work/) });
  });
});
