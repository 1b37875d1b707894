import { existsSync, readFileSync, realpathSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { fromMillis } from '@tributary/contract/moment';
import { describe, expect, it, vi } from 'vitest';

import { removeFolder } from '../../tools/code/hold/remove-folder.ts';
import { token } from '../../tools/code/test-support/stage.ts';
import { type CodeStage, openCodeStage } from '../support/code-stage.ts';

// git and npm are slow when both cores are busy.
vi.setConfig({ testTimeout: 60_000 });

const nameOf = ({ git }: CodeStage, commit: string): string => `commit ${commit.slice(0, 12)} of ${git.url}`;
const fetchesOf = ({ git }: CodeStage): number => git.server.seen.filter(({ method }) => method === 'POST').length;

describe.concurrent.each([
  ['a server with claims', undefined],
  ['a plain Prefect server', []],
])('on %s a run whose code is in a Git repository', (_, features) => {
  it('runs at its commit, after the code was fetched with the token', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished, features);
    const { server, git } = stage;
    const commit = await stage.push();
    const worker = await stage.workFromGit();
    const id = server.addRun(stage.deploy(commit), { do: 'complete' });
    const { ticket } = await stage.host(id);
    await stage.until('COMPLETED', () => server.state(id).type === 'COMPLETED');
    expect(server.history(id)).toEqual(['Scheduled', 'Pending', 'Fetching code', 'Submitting', 'Running', 'Completed']);
    expect(ticket.root.startsWith(`${git.dir}/trees/`)).toBe(true);
    expect(ticket).toMatchObject({ cwd: `${ticket.root}/ints/one`, entrypoint: `${ticket.root}/ints/one/flow.ts:work` });
    await stage.until('its log', () => stage.logged(id).length === 4);
    const name = nameOf(stage, commit);
    const tree = ticket.root.slice(-40);
    expect(stage.logged(id)).toEqual([
      `Fetching ${name}.`,
      `Installing the packages of ${name}. This happens once for each package-lock.json.`,
      expect.stringMatching(/^Installed the packages in \d+\.\d s\.$/),
      `Code: ${name} (tree ${tree.slice(0, 12)}).`,
    ]);
    await stage.until('its labels', () => 'tributary.code.tree' in (server.row(id).run.labels ?? {}));
    expect(server.row(id).run.labels).toEqual({
      'tributary.worker': 'w1',
      'tributary.boot': worker.boot,
      'tributary.code.repository': git.url,
      'tributary.code.commit': commit,
      'tributary.code.tree': tree,
    });
    expect(JSON.stringify([server.logs, server.row(id), stage.said, ticket])).not.toContain(token);
  });

  it('is fetched only once, and then runs although the Git server is away', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished, features);
    const { server, git } = stage;
    const deployment = stage.deploy(await stage.push());
    await stage.workFromGit();
    const first = server.addRun(deployment, { do: 'complete' });
    await stage.until('the first', () => server.state(first).type === 'COMPLETED');
    await git.server.close();
    server.secrets.clear();
    const second = server.addRun(deployment, { do: 'complete' });
    await stage.until('the second', () => server.state(second).type === 'COMPLETED');
    expect(server.history(second)).not.toContain('Fetching code');
    expect((await stage.host(second)).ticket.root).toBe((await stage.host(first)).ticket.root);
  });

  it('has its holder reported before its code starts', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished, features);
    const { server } = stage;
    const deployment = stage.deploy(await stage.push());
    const worker = await stage.workFromGit({ prestart: 1 });
    const holders: unknown[] = [];
    server.intercept = ({ path, body }) => {
      const [, , id = '', verb] = path.split('/');
      if (verb === 'set_state' && Object(body).state.type === 'RUNNING') holders.push(server.row(id).run.labels?.['tributary.boot']);
      return undefined;
    };
    for (const name of ['first', 'second']) {
      const id = server.addRun(deployment, { do: 'complete' });
      await stage.until(name, () => server.state(id).type === 'COMPLETED');
    }
    expect(holders).toEqual([worker.boot, worker.boot]);
  });

  it('is handed back three times while the Git server is away, and then Crashed', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished, features);
    const { server, git } = stage;
    const deployment = stage.deploy(await stage.push());
    git.server.setFault((_seen, response) => response.writeHead(503).end());
    await stage.workFromGit();
    const id = server.addRun(deployment, { do: 'complete' });
    const original = server.row(id).run.expected_start_time;
    for (const [tries, wait] of [30, 60, 120].entries()) {
      await stage.until('the hand-back', () => server.history(id).filter((name) => name === 'AwaitingCode').length === tries + 1);
      const { type, message, timestamp, state_details } = server.state(id);
      expect(type).toBe('SCHEDULED');
      expect(message).toMatch(
        new RegExp(`^The code could not be fetched \\(try ${tries + 1} of 4\\)\\. .*can't answer for now \\(503\\)\\.`),
      );
      const seconds = (Date.parse(String(state_details.scheduled_time)) - Date.parse(timestamp)) / 1000;
      expect(Math.abs(seconds - wait)).toBeLessThan(5);
      server.row(id).run = { ...server.row(id).run, next_scheduled_start_time: fromMillis(Date.now()) };
    }
    await stage.until('its end', () => server.state(id).type === 'CRASHED');
    expect(server.state(id).message).toMatch(/^The code could not be fetched in 4 tries\. .*\(503\)\./);
    expect(server.row(id).run.expected_start_time).toBe(original);
    expect(stage.hosts()).toEqual([]);
    // Once somebody retries the run, it has all its tries again.
    git.server.setFault(undefined);
    server.write(id, { type: 'SCHEDULED', name: 'AwaitingRetry', state_details: { scheduled_time: fromMillis(Date.now()) } });
    await stage.until('the retry', () => server.state(id).type === 'COMPLETED');
  });

  it('is Crashed before a fifth worker fetches its code, if four have died while they fetched it', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished, features);
    const { server, git } = stage;
    const deployment = stage.deploy(await stage.push());
    const id = server.addRun(deployment, { do: 'complete' });
    for (let tries = 0; tries < 4; tries += 1) {
      server.write(id, { type: 'PENDING' });
      server.write(id, { type: 'PENDING', name: 'Fetching code' });
      const state_details = { scheduled_time: fromMillis(Date.now()) };
      server.write(id, { type: 'SCHEDULED', name: 'AwaitingCode', message: 'Worker "w0" went silent.', state_details });
      server.write(id, { type: 'SCHEDULED', name: 'AwaitingConcurrencySlot', message: 'No slot.', state_details });
    }
    await stage.workFromGit();
    await stage.until('its end', () => server.state(id).type === 'CRASHED');
    expect(server.state(id).message).toBe('The code could not be fetched in 4 tries. Before the last one: Worker "w0" went silent.');
    expect(git.server.seen).toEqual([]);
  });

  it('is Cancelled at once while it is fetched, and leaves no git', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished, features);
    const { server, git } = stage;
    const deployment = stage.deploy(await stage.push());
    let open = 0;
    git.server.setFault((_seen, response) => {
      open += 1;
      response.once('close', () => (open -= 1));
    });
    await stage.workFromGit();
    const id = server.addRun(deployment, { do: 'complete' });
    await stage.until('the fetch', () => open === 1 && server.state(id).name === 'Fetching code');
    server.write(id, { type: 'CANCELLING' });
    // git would try this server for thirty seconds.
    await stage.until('its end', () => server.state(id).type === 'CANCELLED');
    expect(server.state(id).message).toBe('Cancelled before it started.');
    await stage.until('the end of git', () => open === 0);
  });

  it('is released by a worker that is stopped while it fetches, and another worker runs it', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished, features);
    const { server, git } = stage;
    const deployment = stage.deploy(await stage.push());
    git.server.setFault(() => undefined);
    const worker = await stage.workFromGit();
    const id = server.addRun(deployment, { do: 'complete' });
    await stage.until('the fetch', () => git.server.seen.length === 1 && server.state(id).name === 'Fetching code');
    await worker.stop();
    expect(server.history(id)).toEqual(['Scheduled', 'Pending', 'Fetching code', 'Scheduled']);
    git.server.setFault(undefined);
    await stage.workFromGit({ name: 'next' });
    await stage.until('its end', () => server.state(id).type === 'COMPLETED');
    expect(stage.hosts()).toHaveLength(1);
  });

  it('does not start if another client has taken it meanwhile', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished, features);
    const { server, git } = stage;
    const deployment = stage.deploy(await stage.push());
    const waiting: (() => void)[] = [];
    git.server.setFault((_seen, _response, serve) => void waiting.push(serve));
    await stage.workFromGit();
    const id = server.addRun(deployment, { do: 'complete' });
    await stage.until('the fetch', () => waiting.length === 1 && server.state(id).name === 'Fetching code');
    server.write(id, { type: 'CRASHED', message: 'Worker "w1" went silent.' });
    server.row(id).claim = null;
    git.server.setFault(undefined);
    for (const serve of waiting) serve();
    const next = server.addRun(deployment, { do: 'complete' });
    await stage.until('the next', () => server.state(next).type === 'COMPLETED');
    expect(server.state(id)).toMatchObject({ type: 'CRASHED', message: 'Worker "w1" went silent.' });
  });
});

describe.concurrent('a run whose code is in a Git repository', () => {
  it.for<[string, (stage: CodeStage) => object, RegExp]>([
    [
      'refuses the token',
      ({ server }) => (server.secrets.set('github-access-token', 'wrong'), {}),
      /doesn't accept the token for .*\(401\)/,
    ],
    [
      'names a secret that the server lacks',
      ({ server }) => (server.secrets.clear(), {}),
      /the secret "github-access-token".*npx tributary secret set/,
    ],
    [
      'has a token in its place',
      () => ({ access_token: 'ghp_secret' }),
      /access_token must name a secret.*other placeholders, and tokens themselves, are refused/,
    ],
    ['names a commit that was never pushed', () => ({ commit_sha: 'a'.repeat(40) }), /doesn't have commit aaaaaaaaaaaa/],
    ['names a part of a commit', () => ({ commit_sha: 'abcdef' }), /"abcdef" isn't a whole commit/],
    ['names an unknown branch', () => ({ commit_sha: null, branch: 'gone' }), /no branch or tag gone/],
    ['has another setting', () => ({ credentials: 'x' }), /Wrong settings.*credentials/],
    ['has a user in the URL', () => ({ repository: 'https://me:ghp_secret@github.com/a/b.git' }), /has a user or a password in it/],
    ['names ssh', () => ({ repository: 'git@github.com:acme/data.git' }), /Write https:\/\/github\.com\/acme\/data\.git instead/],
  ])('is Crashed at once with the reason if its step %s', async ([, change, message], { onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished);
    const { server } = stage;
    const commit = await stage.push();
    const deployment = stage.deploy(commit, change(stage));
    await stage.workFromGit();
    const id = server.addRun(deployment, { do: 'complete' });
    await stage.until('CRASHED', () => server.state(id).type === 'CRASHED');
    expect(server.state(id).message).toMatch(message);
    expect(JSON.stringify([server.rows.get(id), server.logs, stage.said])).not.toContain('ghp_secret');
  });

  it('is Crashed with the reason if its commit has no framework', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished);
    const { server, git } = stage;
    const commit = await git.push({ 'ints/one/flow.ts': 'export const work = 1;\n' });
    await stage.workFromGit();
    const id = server.addRun(stage.deploy(commit), { do: 'complete' });
    await stage.until('CRASHED', () => server.state(id).type === 'CRASHED');
    expect(server.state(id).message).toContain(
      'has no ints in package-lock.json. Add @tributary/flow to the dependencies in ints/package.json',
    );
  });

  it.for<[string, object]>([
    ['branch', { branch: 'main' }],
    ['default branch', {}],
  ])('runs the commit that its %s is at when it is fetched', async ([, branch], { onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished);
    const { server } = stage;
    const deployment = stage.deploy(null, branch);
    await stage.workFromGit();
    for (const text of ['one', 'two']) {
      await stage.push({ 'ints/one/text': text });
      const { ticket } = await stage.host(server.addRun(deployment, { do: 'complete' }));
      expect(readFileSync(join(ticket.cwd, 'text'), 'utf8')).toBe(text);
    }
  });

  it('starts in the folder of a set_working_directory step, which may not lead out of the code', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished);
    const { server } = stage;
    const cloned = stage.deploy(await stage.push(), { id: 'clone' });
    await stage.workFromGit();
    const into = (directory: string): string => {
      const step = { 'prefect.deployments.steps.set_working_directory': { directory } };
      return server.addRun(server.addDeployment({ pull_steps: [...(cloned.pull_steps ?? []), step] }), { do: 'complete' });
    };
    for (const directory of ['ints/one', '{{ clone.directory }}/ints/one']) {
      const { ticket } = await stage.host(into(directory));
      expect(ticket).toMatchObject({ cwd: join(ticket.root, 'ints/one'), entrypoint: join(ticket.root, 'ints/one/flow.ts:work') });
    }
    for (const [directory, reason] of [
      ['../..', 'leads out of its work tree'],
      ['/etc', 'leads out of its work tree'],
      ['{{ other.directory }}/ints/one', "has a placeholder that this worker doesn't know"],
    ] as const) {
      const out = into(directory);
      await stage.until('CRASHED', () => server.state(out).type === 'CRASHED');
      expect(server.state(out).message).toContain(reason);
    }
  });

  it('shares its host with commits of the same framework, and not with others', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished);
    const { server } = stage;
    await stage.workFromGit({ prestart: 1 });
    await stage.started(1);
    const run = async (commit: string) => {
      const id = server.addRun(stage.deploy(commit), { do: 'complete' });
      await stage.until('COMPLETED', () => server.state(id).type === 'COMPLETED');
      return { pid: (await stage.host(id)).pid, submitted: server.history(id).includes('Submitting') };
    };
    await run(await stage.push({ 'ints/one/text': 'one' }));
    // The host that waits for the next run was started in the first commit's framework.
    await stage.started(3);
    const [, , waiting] = stage.hosts();
    const same = await run(await stage.push({ 'ints/one/text': 'two' }));
    expect(same).toEqual({ pid: waiting, submitted: false });
    await stage.started(4);
    const other = await run(await stage.push({}, 'another framework'));
    expect(other.submitted).toBe(true);
    expect(stage.hosts().slice(0, 4)).not.toContain(other.pid);
  });

  it('keeps its code until its host has ended', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished);
    const { server } = stage;
    await stage.workFromGit({}, { limit: 1 });
    const commits = [await stage.push({ 'ints/one/text': 'one' }), await stage.push({ 'ints/one/text': 'two' })];
    const ids = commits.map((commit) => server.addRun(stage.deploy(commit), { do: 'wait' }));
    const roots: string[] = [];
    for (const id of ids) roots.push((await stage.host(id)).ticket.root);
    await stage.finish(ids[0] ?? '');
    await stage.until('the first', () => server.state(ids[0] ?? '').type === 'COMPLETED');
    await stage.until('its end', () => stage.said.some((line) => line.endsWith(': Completed.')));
    // A tree that was used in the last minute is never removed.
    for (const root of roots) utimesSync(root, 0, 0);
    const next = server.addRun(stage.deploy(await stage.push({ 'ints/one/text': 'three' })), { do: 'complete' });
    await stage.until('the next', () => server.state(next).type === 'COMPLETED');
    expect(roots.map((root) => existsSync(root))).toEqual([false, true]);
    await stage.finish(ids[1] ?? '');
    await stage.until('the second', () => server.state(ids[1] ?? '').type === 'COMPLETED');
  });
});

it.concurrent('a run keeps its code in a host that was started for another commit', async ({ onTestFinished }) => {
  const stage = await openCodeStage(onTestFinished);
  const { server } = stage;
  await stage.workFromGit({ prestart: 1 }, { limit: 1 });
  const start = async (text: string, act: string) => server.addRun(stage.deploy(await stage.push({ 'ints/one/text': text })), { do: act });
  const completed = (id: string) => stage.until('COMPLETED', () => server.state(id).type === 'COMPLETED');
  await stage.started(1);
  await completed(await start('one', 'complete'));
  // The host that waits now was started for the first commit.
  await stage.started(3);
  const id = await start('two', 'wait');
  const { ticket, pid } = await stage.host(id);
  expect(pid).toBe(stage.hosts()[2]);
  await completed(await start('three', 'complete'));
  // A tree that was used in the last minute is never removed.
  utimesSync(ticket.root, 0, 0);
  await completed(await start('four', 'complete'));
  expect(existsSync(ticket.root)).toBe(true);
  await stage.finish(id);
  await completed(id);
});

it.concurrent('a host that waits keeps its framework', async ({ onTestFinished }) => {
  const stage = await openCodeStage(onTestFinished);
  const { server } = stage;
  await stage.workFromGit({ prestart: 2 }, { limit: 1 });
  /** Runs a commit, and returns its tree. @param hosts how many hosts have started once the worker is ready for the next run */
  const run = async (framework: string, text: string, hosts: number): Promise<string> => {
    const id = server.addRun(stage.deploy(await stage.push({ 'ints/one/text': text }, framework)), { do: 'complete' });
    await stage.until('COMPLETED', () => server.state(id).type === 'COMPLETED');
    await stage.started(hosts);
    return (await stage.host(id)).ticket.root;
  };
  await stage.started(2);
  const first = await run('one', 'one', 4);
  const framework = dirname(realpathSync(join(first, 'node_modules')));
  // One host of each framework waits now.
  await run('two', 'two', 6);
  for (const layer of [first, framework]) utimesSync(layer, 0, 0);
  await run('two', 'three', 7);
  expect(existsSync(framework)).toBe(true);
});

describe.concurrent('many runs of one new commit', () => {
  it('cause one fetch, in one worker and in two workers with one store', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished);
    const { server } = stage;
    const deployment = stage.deploy(await stage.push());
    const ids = Array.from({ length: 10 }, () => server.addRun(deployment, { do: 'complete' }));
    for (const name of ['w1', 'w2']) await stage.workFromGit({ name, limit: 5 });
    await stage.until('all', () => ids.every((id) => server.state(id).type === 'COMPLETED'));
    // The commit, the tree's files, and the framework's files.
    expect(fetchesOf(stage)).toBe(3);
    const holders = new Set(ids.map((id) => server.row(id).run.labels?.['tributary.worker']));
    expect(holders).toEqual(new Set(['w1', 'w2']));
    expect(stage.hosts()).toHaveLength(10);
  });
});

it('a worker without a usable store Crashes only the runs that need it, and uses the store once it is repaired', async ({
  onTestFinished,
}) => {
  const stage = await openCodeStage(onTestFinished);
  const { server, git, root } = stage;
  const deployment = stage.deploy(await stage.push());
  // A worker's own workspace can't hold code.
  let dir = join(root, 'code');
  await stage.workFromGit({ openStore: () => git.open({ dir }) });
  const folder = server.addRun(stage.deployment, { do: 'complete' });
  const refused = server.addRun(deployment, { do: 'complete' });
  await stage.until('both', () => server.state(folder).type === 'COMPLETED' && server.state(refused).type === 'CRASHED');
  expect(server.state(refused).message).toContain('Set TRIBUTARY_CODE_DIR to another folder.');
  ({ dir } = git);
  const next = server.addRun(deployment, { do: 'complete' });
  await stage.until('the next', () => server.state(next).type === 'COMPLETED');
  await removeFolder(join(root, 'code'));
});
