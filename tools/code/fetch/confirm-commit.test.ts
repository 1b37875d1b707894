import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openStage, type Stage, token } from '../test-support/stage.ts';

const confirm = (stage: Stage, commit: string) => stage.open().confirm({ repository: stage.url, commit }, { token, tell: stage.tell });

/** Makes a commit in the server's repository that no branch or tag reaches. @param date in seconds since 1970 @returns the commit */
async function makeCommit(stage: Stage, parent: string, date: number): Promise<string> {
  const path = join(stage.folder, 'commit');
  const by = `Test <test@example.com> ${date} +0000`;
  writeFileSync(
    path,
    `tree ${await stage.git('rev-parse', `${parent}^{tree}`)}\nparent ${parent}\nauthor ${by}\ncommitter ${by}\n\nChange\n`,
  );
  return stage.git('hash-object', '-t', 'commit', '-w', path);
}

/** Makes commits one after the other, an hour apart, by a single git. @returns them */
function makeHistory(stage: Stage, count: number): readonly string[] {
  const origin = join(stage.folder, 'origin', 'acme', 'data.git');
  const input = Array.from(
    { length: count },
    (_, at) =>
      `commit refs/heads/main\nmark :${at + 1}\ncommitter Test <test@example.com> ${1_600_000_000 + at * 3600} +0000\ndata 6\nChange\n`,
  );
  execFileSync('git', [`--git-dir=${origin}`, 'fast-import', '--quiet', '--export-marks=marks'], {
    cwd: stage.folder,
    env: stage.env,
    input: `${input.join('')}M 100644 inline a\ndata 1\nx\n`,
  });
  const marks = readFileSync(join(stage.folder, 'marks'), 'utf8').trim().split('\n');
  return marks
    .map((line) => line.split(' '))
    .toSorted(([one = ''], [other = '']) => Number(one.slice(1)) - Number(other.slice(1)))
    .map(([, commit = '']) => commit);
}

describe.concurrent('a commit', () => {
  it('at the tip of a branch or a tag is confirmed by a list of names', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const first = await stage.push({ a: '1' });
    await stage.git('tag', '-a', 'v1', '-m', 'one');
    const second = await stage.push({ a: '2' });
    await confirm(stage, first);
    await confirm(stage, second);
    const asked = ['GET refs?service=git-upload-pack', 'POST git-upload-pack'];
    expect(stage.server.seen.map(({ method, path }) => `${method} ${path.split('/').at(-1)}`)).toEqual([...asked, ...asked]);
  });

  it('that a branch has passed is confirmed by newer commits alone, and leaves nothing', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commits = makeHistory(stage, 100);
    await stage.git('branch', 'old', commits[50] ?? '');
    await confirm(stage, commits[97] ?? '');
    const recent = stage.server.sent();
    // The list of names; the commit and the tips; what came after the commit.
    expect(stage.server.seen.length).toBe(8);
    await confirm(stage, commits[10] ?? '');
    expect(recent).toBeLessThan((stage.server.sent() - recent) / 2);
    for (const kind of ['objects', 'work', 'trees']) expect(readdirSync(join(stage.dir, kind))).toEqual([]);
    expect(stage.lines).toEqual([]);
  });

  it('is confirmed although the clocks of its authors were wrong', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const root = await stage.push({ a: '1' });
    const late = await makeCommit(stage, root, 2_000_000_000);
    const early = await makeCommit(stage, late, 1_000_000_000);
    await stage.git('update-ref', 'refs/heads/main', early);
    await expect(confirm(stage, late)).resolves.toBeUndefined();
    await stage.git('update-ref', 'refs/heads/main', await makeCommit(stage, early, 2_100_000_000));
    await expect(confirm(stage, late)).resolves.toBeUndefined();
  });

  it('is confirmed in a repository with a tag of a folder', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ a: '1' });
    await stage.push({ a: '2' });
    await stage.git('tag', 'folder', 'HEAD^{tree}');
    await expect(confirm(stage, commit)).resolves.toBeUndefined();
  });

  it('of a fork, or one that a force-push left behind, is refused although the server has it', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const root = await stage.push({ a: '1' });
    const message = `127.0.0.1:${new URL(stage.url).port} serves commit`;
    for (const date of [1_000_000_000, 2_000_000_000]) {
      const fork = await makeCommit(stage, root, date);
      // GitHub shows the commits of pull requests so.
      await stage.git('update-ref', `refs/pull/${date}/head`, fork);
      const held = await stage.open().take(stage.code(fork), { token });
      await expect(confirm(stage, fork)).rejects.toMatchObject({
        code: 'misuse',
        facts: { unreached: true },
        message: `${message} ${fork.slice(0, 12)} of ${stage.url}, but no branch or tag of this repository reaches it. It is a commit of a fork, or a force-push left it behind. Push a branch that has it (git push), or deploy from a commit of a branch.`,
      });
      held.release();
    }
  });

  it("that wasn't pushed is refused with what to do, although this machine has it", async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ a: '1' });
    (await stage.open().take(stage.code(commit), { token })).release();
    await stage.git('update-ref', '-d', 'refs/heads/main');
    const refused = { code: 'not_found', message: expect.stringMatching(/doesn't have commit .* it was never pushed.*\(git push\)/) };
    await expect(confirm(stage, 'b'.repeat(40))).rejects.toMatchObject(refused);
    await stage.push({ a: '2' });
    await expect(confirm(stage, 'b'.repeat(40))).rejects.toMatchObject(refused);
    await expect(confirm(stage, 'main')).rejects.toMatchObject({ code: 'misuse' });
    await expect(stage.open().confirm({ repository: stage.url, commit })).rejects.toMatchObject({ code: 'unauthorized' });
  });
});
