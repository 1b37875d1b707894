import { accessSync, constants, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { fromMillis } from '@tributary/contract/moment';
import { hostCommand } from '@tributary/contract/ticket';
import { describe, expect, it } from 'vitest';

import { token } from '../../tools/code/test-support/stage.ts';
import { type CodeStage, openCodeStage, secretName } from '../support/code-stage.ts';

/** What a run's host was answered, in the order of its attempts. */
function answersOf({ root }: CodeStage, run: string) {
  const file = join(root, '.tributary/data', `${run}.answers`);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  return lines.map((line) => hostCommand.parse(JSON.parse(line)));
}

/** Waits for the answer to a run's attempt. */
async function answer(stage: CodeStage, run: string, attempt = 1) {
  await stage.until(`answer ${attempt}`, () => answersOf(stage, run).length === attempt);
  return answersOf(stage, run)[attempt - 1];
}

async function checkedOut(stage: CodeStage, run: string, attempt = 1) {
  const found = await answer(stage, run, attempt);
  if (found?.type !== 'checked out') throw new Error(`The answer is ${JSON.stringify(found)}.`);
  return found;
}

const ask = ({ git, server, deployment }: CodeStage, ref: string, more: object = {}): string =>
  server.addRun(deployment, { do: 'checkout', repository: git.url, ref, token: secretName, ...more });

/** Starts a worker. The stand-in host ignores a cancel, so it isn't waited for. */
const work = (stage: CodeStage) => stage.workFromGit({ graceSeconds: 0, limit: 20 });

/** What stands in the store's folders for checkouts and for work that is underway. */
const left = ({ git }: CodeStage): string[] =>
  ['checkouts', 'work'].flatMap((name) => (existsSync(join(git.dir, name)) ? readdirSync(join(git.dir, name)) : []));

/** Keeps all requests to the Git server open. @returns how many are open */
function hang({ git }: CodeStage): () => number {
  let open = 0;
  git.server.setFault((_seen, response) => {
    open += 1;
    response.once('close', () => (open -= 1));
  });
  return () => open;
}

describe.concurrent.each([
  ['a server with claims', undefined],
  ['a plain Prefect server', []],
])('on %s, what a run checks out', (_, features) => {
  it('is the whole commit in a folder that may be written, and goes with the run', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished, features);
    const { server, git } = stage;
    const commit = await git.push({ 'models/a.sql': 'select 1', 'bin/x': '#!/bin/sh\n' }, { link: 'models/a.sql' });
    await work(stage);
    const id = ask(stage, 'main');
    const { dir, commit: found } = await checkedOut(stage, id);
    expect(found).toBe(commit);
    expect(readFileSync(join(dir, 'link'), 'utf8')).toBe('select 1');
    for (const path of ['', 'models', 'models/a.sql']) accessSync(join(dir, path), constants.W_OK);
    writeFileSync(join(dir, 'models/a.sql'), 'select 2');
    const other = ask(stage, commit);
    const { dir: fresh } = await checkedOut(stage, other);
    expect(readFileSync(join(fresh, 'models/a.sql'), 'utf8')).toBe('select 1');
    for (const run of [id, other]) await stage.finish(run);
    await stage.until('the removal', () => left(stage).length === 0);
    expect([existsSync(dir), existsSync(fresh)]).toEqual([false, false]);
    expect(Object.values(server.row(id).run.labels ?? {})).toContain(`${commit} main ${git.url}`);
    expect(JSON.stringify([server.logs, server.row(id), stage.said, answersOf(stage, id), await stage.host(id)])).not.toContain(token);
  });

  it('is at the same commit in each attempt, although the branch has moved', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished, features);
    const { server, git } = stage;
    const commit = await git.push({ a: '1' });
    await work(stage);
    const id = ask(stage, 'main');
    const first = await checkedOut(stage, id);
    const moved = await git.push({ a: '2' });
    await stage.finish(id);
    await stage.until('its end', () => server.state(id).type === 'COMPLETED');
    server.write(id, { type: 'SCHEDULED', name: 'AwaitingRetry', state_details: { scheduled_time: fromMillis(Date.now()) } });
    const second = await checkedOut(stage, id, 2);
    expect([first.commit, second.commit]).toEqual([commit, commit]);
    expect(second.dir).not.toBe(first.dir);
    expect(readFileSync(join(second.dir, 'a'), 'utf8')).toBe('1');
    const other = ask(stage, 'main');
    expect((await checkedOut(stage, other)).commit).toBe(moved);
  });

  it('leaves nothing when the run is cancelled during the fetch, and git ends before the host does', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished, features);
    const { server, git } = stage;
    const commit = await git.push({ a: '1' });
    const open = hang(stage);
    await stage.workFromGit({ graceSeconds: 60 });
    const id = ask(stage, commit);
    await stage.until('the fetch', () => open() === 1 && server.state(id).type === 'RUNNING');
    server.write(id, { type: 'CANCELLING' });
    await stage.until('the end of git', () => open() === 0);
    await stage.until('an answer', () => answersOf(stage, id).length === 1);
    // The stand-in host ignores the cancel.
    process.kill((await stage.host(id)).pid, 'SIGKILL');
    await stage.until('its end', () => server.state(id).type === 'CANCELLED');
    await stage.until('the removal', () => left(stage).length === 0);
    expect(answersOf(stage, id)).toMatchObject([{ type: 'checkout failed', message: 'The run was asked to end: cancelled.' }]);
  });

  it('leaves nothing when the host is killed, during the fetch and after it', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished, features);
    const { server, git } = stage;
    const commit = await git.push({ a: '1' });
    await work(stage);
    const id = ask(stage, commit);
    const { dir } = await checkedOut(stage, id);
    process.kill((await stage.host(id)).pid, 'SIGKILL');
    await stage.until('its end', () => server.state(id).type === 'CRASHED' && left(stage).length === 0);
    expect(existsSync(dir)).toBe(false);
    const open = hang(stage);
    const next = ask(stage, await git.push({ a: '2' }));
    await stage.until('the fetch', () => open() === 1);
    process.kill((await stage.host(next)).pid, 'SIGKILL');
    await stage.until('its end', () => server.state(next).type === 'CRASHED' && open() === 0 && left(stage).length === 0);
  });
});

describe.concurrent('checkouts', () => {
  it('of one ref by ten runs at once cause one fetch', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished);
    const { git, server } = stage;
    const { seen } = git.server;
    await git.push({ 'a/a': '1' });
    await work(stage);
    await checkedOut(stage, ask(stage, 'main'));
    const ofOne = seen.length;
    const commit = await git.push({ 'a/a': '2' });
    // The server answers once all ten have asked.
    const runs = Array.from({ length: 10 }, () => ask(stage, 'main'));
    let go: (() => void)[] | undefined = [];
    git.server.setFault((_seen, _response, serve) => (go ? void go.push(serve) : serve()));
    await stage.until('all runs', () => runs.every((id) => server.state(id).type === 'RUNNING'));
    await stage.until('a request', () => go?.length === 1);
    for (const serve of go) serve();
    go = undefined;
    const found = await Promise.all(runs.map((id) => checkedOut(stage, id)));
    expect(new Set(found.map((one) => one.commit))).toEqual(new Set([commit]));
    expect(new Set(found.map(({ dir }) => dir)).size).toBe(10);
    expect(seen.length - ofOne).toBeLessThanOrEqual(ofOne);
  });

  it('that fail say why, and what to do', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished);
    const { server, git } = stage;
    await git.push({ a: '1' });
    await work(stage);
    server.secrets.set('wrong', 'hunter2');
    server.secrets.set('number', JSON.parse('7'));
    const cases: readonly (readonly [change: object, code: string, sentence: string])[] = [
      [{ token: 'wrong' }, 'unauthorized', "doesn't accept the token for"],
      [{ token: null }, 'unauthorized', 'only with a token (401). Name a secret that holds a token.'],
      [{ token: 'absent' }, 'not_found', 'lacks the secret "absent", which checkout() names for the access token. Store it:'],
      [{ token: 'number' }, 'misuse', "isn't a text. Store the token itself"],
      [{ ref: 'mian' }, 'not_found', 'has no branch or tag mian'],
      [{ ref: '1a2b3c4' }, 'not_found', 'If it is a commit, name all 40 hexadecimal digits.'],
      [{ ref: 'a'.repeat(40) }, 'not_found', "doesn't have commit aaaaaaaaaaaa"],
      [{ ref: '--upload-pack=touch /tmp/x' }, 'misuse', "can't be the name of a branch or a tag"],
      [{ ref: '../x' }, 'misuse', "can't be the name of a branch or a tag"],
      [{ repository: 'git@github.com:acme/shop.git' }, 'misuse', "Code isn't fetched over ssh. Write https://github.com/acme/shop.git"],
      [{ repository: 'https://me:hunter2@h.org/a' }, 'misuse', 'The URL of h.org/a has a user or a password'],
      [{ repository: '/etc' }, 'misuse', "isn't a URL"],
      [{ ref: 'a'.repeat(40), repository: 'https://me:hunter2@h.org/b' }, 'misuse', 'The URL of h.org/b has a user or a password'],
    ];
    const runs = cases.map(([change]) => ask(stage, 'main', change));
    const failed = await Promise.all(runs.map((id) => answer(stage, id)));
    expect(failed).toMatchObject(
      cases.map(([, code, sentence]) => ({ type: 'checkout failed', code, message: expect.stringContaining(sentence) })),
    );
    expect(left(stage)).toEqual([]);
    expect(JSON.stringify([server.logs, stage.said, failed, runs.map((id) => server.row(id).run.labels)])).not.toMatch(
      new RegExp(`${token}|hunter2`),
    );
  });

  it('of an empty repository fail, and work once something was pushed', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished);
    await work(stage);
    const id = ask(stage, 'HEAD');
    const message = expect.stringContaining(`${stage.git.url} is empty, or its default branch does not exist. Push a branch to it`);
    expect(await answer(stage, id)).toMatchObject({ code: 'not_found', message });
    const commit = await stage.git.push({ a: '1' });
    expect(await checkedOut(stage, ask(stage, 'HEAD'))).toMatchObject({ commit });
  });

  it('fail with an error that may pass when the Git server is away for longer than the store tries', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished);
    const { git } = stage;
    const commit = await git.push({ a: '1' });
    git.server.setFault((_seen, response) => response.writeHead(503).end());
    await work(stage);
    expect(await answer(stage, ask(stage, 'main'))).toMatchObject({ type: 'checkout failed', code: 'server_error' });
    git.server.setFault(undefined);
    expect(await checkedOut(stage, ask(stage, 'main'))).toMatchObject({ commit });
  });

  it('install nothing, although the repository has lockfiles', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished);
    const commit = await stage.push({ 'requirements.txt': 'absent==1\n', 'dbt_project.yml': 'name: shop\n' });
    await work(stage);
    const { dir } = await checkedOut(stage, ask(stage, commit));
    expect(readdirSync(dir).toSorted()).toEqual([
      'dbt_project.yml',
      'ints',
      'package-lock.json',
      'package.json',
      'requirements.txt',
      'tools',
    ]);
    expect(statSync(join(dir, 'ints')).isDirectory()).toBe(true);
  });

  it('need no token and no Git server for a commit that is held', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished);
    const commit = await stage.git.push({ a: '1' });
    await work(stage);
    await checkedOut(stage, ask(stage, commit));
    await stage.git.server.close();
    stage.server.secrets.clear();
    expect(await checkedOut(stage, ask(stage, commit))).toMatchObject({ commit });
  });

  it('are fetched with the token if another process removes a held commit in this moment', async ({ onTestFinished }) => {
    const stage = await openCodeStage(onTestFinished);
    const { git } = stage;
    const commit = await git.push({ a: '1' });
    const store = git.open();
    let removes = false;
    const look: typeof store.look = (code) => {
      const isHeld = store.look(code);
      // As another worker's cleaning up, or `code prune`, does.
      if (removes)
        for (const kind of ['commits', 'objects'])
          for (const name of readdirSync(join(git.dir, kind))) rmSync(join(git.dir, kind, name), { recursive: true });
      return isHeld;
    };
    await stage.workFromGit({ graceSeconds: 0, openStore: () => ({ ...store, look }) });
    await checkedOut(stage, ask(stage, commit));
    const asked = git.server.seen.length;
    removes = true;
    expect(await checkedOut(stage, ask(stage, commit))).toMatchObject({ commit });
    expect(git.server.seen.length).toBeGreaterThan(asked);
  });
});
