import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { isTributaryError } from '@tributary/contract/error';
import { describe, expect, it } from 'vitest';

import { startGitServer } from '../test-support/git-server.ts';
import { openStage, token } from '../test-support/stage.ts';
import { isTemporary } from './explain-failure.ts';

const anyCommit = 'a'.repeat(40);
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe.concurrent('a server that answers', () => {
  it.for<[number, string, boolean, RegExp]>([
    [401, 'unauthorized', false, /doesn't accept the token for .*: it is wrong, expired or revoked\. Store a new one/],
    [403, 'unauthorized', false, /doesn't let this token read .*Give it read access/],
    [404, 'not_found', false, /has no repository .*or the token may not read it\. Check the URL/],
    [429, 'too_many_requests', true, /refuses more requests for now \(429\)\. Tried for \d s to get commit/],
    [500, 'server_error', true, /can't answer for now \(500\)/],
    [502, 'server_error', true, /can't answer for now \(502\)/],
    [503, 'server_error', true, /can't answer for now \(503\)/],
  ])('%i is understood: %s', async ([status, code, temporary, message], { onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    stage.server.setFault((_seen, response) => response.writeHead(status).end('no'));
    const error = await failureOf(stage.open().take(stage.code(anyCommit, 'ints/shop'), { token }));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(isTemporary(error)).toBe(temporary);
    expect(String(error)).not.toContain(token);
    expect(readdirSync(join(stage.dir, 'trees'))).toEqual([]);
    expect(readdirSync(join(stage.dir, 'work'))).toEqual([]);
  });

  it('503 for a while is tried again, as late as it asks for (P#16435)', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'ints/shop/a.ts': '1' });
    const times: number[] = [];
    stage.server.setFault((_seen, response, serve) => {
      times.push(performance.now());
      if (times.length === 1) response.writeHead(503, { 'Retry-After': '1' }).end();
      else serve();
    });
    await stage.open({ patience: 20 }).take(stage.code(commit, 'ints/shop'), { token, tell: stage.tell });
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(950);
    expect(stage.lines[1]).toMatch(/can't answer for now \(503\)\. Trying again for up to 20 s\.$/);
  });

  it('nothing after a part of the files is tried again (P#16435)', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'ints/shop/a.ts': '1'.repeat(100) });
    let posts = 0;
    stage.server.setFault(({ method }, response, serve) => {
      if (method !== 'POST') return serve();
      posts += 1;
      // The first POST asks for the commit, the next one for its files.
      if (posts !== 1 && posts !== 3) return serve();
      response.writeHead(200, { 'Content-Type': 'application/x-git-upload-pack-result', 'Content-Length': '5000' });
      response.write('000dpackfile\n0023\x01PACK\0\0\0\x02\0\0\0\x01');
      setTimeout(() => response.destroy(), 50);
    });
    const held = await stage.open({ patience: 20 }).take(stage.code(commit, 'ints/shop'), { token, tell: stage.tell });
    expect(readFileSync(join(held.root, 'ints/shop/a.ts'), 'utf8')).toBe('1'.repeat(100));
    expect(stage.lines.filter((line) => /The connection to 127.0.0.1:\d+ failed: .*Trying again/.test(line)).length).toBe(2);
    expect(posts).toBe(4);
  });

  it('slowly is waited for, and given up once it stalls', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'ints/shop/a.ts': '1' });
    stage.server.setFault((_seen, _response, serve) => void setTimeout(serve, 300));
    const store = stage.open({ stallSeconds: 2 });
    (await store.take(stage.code(commit, 'ints/shop'), { token })).release();
    stage.server.setFault(() => undefined);
    const other = await stage.push({ 'ints/shop/a.ts': '2' });
    const error = await failureOf(store.take(stage.code(other, 'ints/shop'), { token }));
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringContaining('Operation too slow') });
  });

  it('no more is reported as unreachable, and what is held stays', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const [first, second] = [await stage.push({ 'ints/shop/a.ts': '1' }), await stage.push({ 'ints/shop/a.ts': '2' })];
    const store = stage.open();
    (await store.take(stage.code(first, 'ints/shop'), { token })).release();
    await stage.server.close();
    const error = await failureOf(store.take(stage.code(second, 'ints/shop'), { token }));
    expect(error).toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/The connection to .* failed: .*Check the network/),
    });
    expect(isTemporary(error)).toBe(true);
    expect((await store.take(stage.code(first, 'ints/shop'))).commit).toBe(first);
  });

  it('401 to a request without a token asks for one (P#19296)', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const error = await failureOf(stage.open().take(stage.code(anyCommit, 'ints/shop')));
    expect(error).toMatchObject({ code: 'unauthorized', message: expect.stringContaining('only with a token (401). Name a secret') });
  });

  it("with a page in place of a repository isn't taken for a git server", async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    stage.server.setFault((_seen, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>log in</html>'));
    const error = await failureOf(stage.open().take(stage.code(anyCommit), { token }));
    expect(error).toMatchObject({ code: 'bad_answer', message: expect.stringContaining('answers, but not as a git server') });
  });
});

describe.concurrent('a redirect', () => {
  it('to another host is refused, and the token stays', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    await stage.push({ 'ints/shop/a.ts': '1' });
    // A whole git server, so that git would go on with it.
    const other = await startGitServer(join(stage.folder, 'origin'));
    onTestFinished(() => other.close());
    stage.server.setFault(({ path }, response) => response.writeHead(302, { Location: `${other.url}${path}` }).end());
    const error = await failureOf(stage.open().take(stage.code(anyCommit, 'ints/shop'), { token }));
    expect(error).toMatchObject({
      code: 'bad_answer',
      message: `${stage.url} redirects to another host, ${other.url}/acme/data.git. The token isn't sent there. If you trust it, write its URL where the old one stands: in nx.json, the pull step or the flow.`,
    });
    expect(other.seen).toEqual([]);
  });

  it.for([
    [
      'https://127.0.0.1/acme/data.git/info/refs',
      "another protocol, https://127.0.0.1/acme/data.git. The token isn't sent there. If you trust it",
    ],
    ['file:///etc/passwd', "another host, file:. The token isn't sent there. Check the URL"],
  ])('to %s is refused', async ([location = '', expected], { onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    stage.server.setFault((_seen, response) => response.writeHead(302, { Location: location }).end());
    const error = await failureOf(stage.open().take(stage.code(anyCommit, 'ints/shop'), { token }));
    expect(error).toMatchObject({ code: 'bad_answer', message: expect.stringContaining(`redirects to ${expected}`) });
  });

  it('of a renamed repository is followed, and reported', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'ints/shop/a.ts': '1' });
    stage.server.setFault(({ path }, response, serve) => {
      if (path.startsWith('/acme/old.git/')) response.writeHead(301, { Location: path.replace('old', 'data') }).end();
      else serve();
    });
    const old = { ...stage.code(commit, 'ints/shop'), repository: `${stage.server.url}/acme/old.git` };
    await stage.open().take(old, { token, tell: stage.tell });
    expect(stage.lines).toContain(
      `${old.repository} was renamed to ${stage.url}. Write the new URL where the old one stands: in nx.json, the pull step or the flow.`,
    );
    expect(stage.lines.length).toBe(2);
  });

  it('in a circle is refused', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    stage.server.setFault(({ path }, response) => response.writeHead(301, { Location: path }).end());
    const error = await failureOf(stage.open().take(stage.code(anyCommit), { token }));
    expect(error).toMatchObject({ code: 'bad_answer', message: expect.stringContaining('Check the URL.') });
  });
});

describe.concurrent('a commit', () => {
  it('that a force-push left behind is fetched as long as the server has it', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'ints/shop/a.ts': '1' });
    await stage.git('update-ref', '-d', 'HEAD');
    await stage.push({ 'ints/shop/a.ts': '2' });
    const held = await stage.open().take(stage.code(commit, 'ints/shop'), { token });
    expect(readFileSync(join(held.root, 'ints/shop/a.ts'), 'utf8')).toBe('1');
  });

  it("that is gone isn't waited for", async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    await stage.push({ 'ints/shop/a.ts': '1' });
    const error = await failureOf(stage.open({ patience: 60 }).take(stage.code('b'.repeat(40), 'ints/shop'), { token }));
    expect(error).toMatchObject({ code: 'not_found', message: expect.stringMatching(/doesn't have commit b{12} of .*Push the commit/) });
    expect(isTributaryError(error) && isTemporary(error)).toBe(false);
  });

  it('without the folder is refused with the name of the folder', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'ints/shop/a.ts': '1', 'ints/file': '' });
    for (const folder of ['ints/gone', 'ints/file']) {
      const error = await failureOf(stage.open().take(stage.code(commit, folder), { token }));
      expect(error).toMatchObject({ code: 'not_found', message: expect.stringContaining(`There is no folder ${folder} in commit`) });
    }
  });

  it('of a URL with a shell in it reaches no shell', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const repository = `${stage.server.url}/$(touch ${stage.folder}/hit);\`touch ${stage.folder}/hit\`.git`;
    const error = await failureOf(stage.open().take({ repository, commit: anyCommit, directories: [] }, { token }));
    expect(error).toMatchObject({ code: 'not_found' });
    expect(readdirSync(stage.folder)).not.toContain('hit');
  });
});
