import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { gitEnvironment, hideToken } from '@tributary/contract/git-environment';
import { describe, expect, it } from 'vitest';

import { filesWithToken, findIn, forms } from '../test-support/find-token.ts';
import { openStage, token } from '../test-support/stage.ts';

describe('a token', () => {
  it('is sent over plain http too, and stands in no argument, no file, no line and no crash report (P#13111)', async ({
    onTestFinished,
  }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'ints/shop/a.ts': '1' });
    const processes: string[] = [];
    const files: string[] = [];
    const reports: string[] = [];
    stage.server.setFault((_seen, _response, serve) => {
      processes.push(execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' }));
      files.push(...filesWithToken(stage.dir));
      // Node writes such a report when it crashes, with the environment of its process.
      reports.push(JSON.stringify(process.report.getReport()));
      serve();
    });
    await stage.open().take(stage.code(commit, 'ints/shop'), { token: `${token}\n`, tell: stage.tell });
    expect(stage.server.seen.every(({ authorization }) => authorization === `Basic ${forms[1]}`)).toBe(true);
    expect(processes[0]).toContain('fetch --quiet --depth=1');
    expect(findIn(processes.join('\n'))).toEqual([]);
    expect(reports[0]).toContain('environmentVariables');
    expect(findIn(reports.join('\n'))).toEqual([]);
    expect([...files, ...filesWithToken(stage.dir)]).toEqual([]);
    expect(findIn(stage.lines.join('\n'))).toEqual([]);
  });

  it('stands in no error, even if the server repeats it (P#8310)', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    stage.server.setFault(({ method, authorization }, response, serve) => {
      if (method === 'GET') return serve();
      const text = `ERR who are you, ${authorization}, ${token}?`;
      response.writeHead(200, { 'Content-Type': 'application/x-git-upload-pack-result' });
      response.end(`${(text.length + 4).toString(16).padStart(4, '0')}${text}`);
    });
    await stage.push({ 'ints/shop/a.ts': '1' });
    const error: unknown = await stage
      .open()
      .take(stage.code('a'.repeat(40)), { token, tell: stage.tell })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: expect.stringContaining('who are you, Basic ***, ***?') });
    expect(findIn(inspect(error, { depth: 20, showHidden: true }))).toEqual([]);
    expect(filesWithToken(stage.dir)).toEqual([]);
  });

  it('stands in no error, even if the server redirects to it', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    stage.server.setFault((_seen, response) => response.writeHead(302, { Location: `http://localhost/${token}/info/refs` }).end());
    const error: unknown = await stage
      .open()
      .take(stage.code('a'.repeat(40)), { token, tell: stage.tell })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: expect.stringContaining('redirects to another host, http://localhost/***.') });
    expect(findIn(inspect(error, { depth: 20, showHidden: true }))).toEqual([]);
  });

  it("is never one of the user's own", async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'ints/shop/a.ts': '1' });
    writeFileSync(join(stage.folder, '.netrc'), `machine 127.0.0.1 login x-access-token password ${token}\n`, { mode: 0o600 });
    const taken = stage.open().take(stage.code(commit, 'ints/shop'));
    await expect(taken).rejects.toMatchObject({ code: 'unauthorized', message: expect.stringContaining('only with a token (401)') });
  });

  it.each([
    ['https://github.com/a/b', 'secret', 'x-access-token:secret'],
    ['https://gitlab.com/a/b', 'secret', 'x-access-token:secret'],
    ['https://git.example.com/a/b', 'deploy-1:secret', 'deploy-1:secret'],
    ['https://gitlab.com/a/b', 'a/b+c@d', 'x-access-token:a/b+c@d'],
    ['https://bitbucket.org/a/b', 'secret', 'x-token-auth:secret'],
    ['https://bitbucket.org/a/b', 'me:secret', 'me:secret'],
  ])('for %s is sent with a user name, as its server wants it, to this URL alone (P#19296)', (url, secret, expected) => {
    const env = gitEnvironment({ PATH: '/bin', GIT_DIR: '/x', SECRET: 'y' }, { url, token: secret, stallSeconds: 30 });
    const at = Object.keys(env).find((name) => env[name] === `http.${url}.extraHeader`);
    expect(env[(at ?? '').replace('KEY', 'VALUE')]).toBe(`Authorization: Basic ${Buffer.from(expected).toString('base64')}`);
    expect(env['PATH']).toBe('/bin');
    expect(Object.keys(env)).not.toContain('GIT_DIR');
    expect(Object.keys(env)).not.toContain('SECRET');
  });

  it('with a user name is hidden with it, without it, and as it is sent', () => {
    const hide = hideToken('https://git.example.com/a/b', 'deploy-1:secret');
    const sent = Buffer.from('deploy-1:secret').toString('base64');
    expect(hide(`deploy-1:secret, secret, ${sent}`)).toBe('***, ***, ***');
    expect(hideToken('https://git.example.com/a/b', 'deploy-1:')('a b')).toBe('a b');
  });

  it('is hidden in the spellings of URLs, JSON and unpadded base64', () => {
    const [secret, password] = ['deploy-1:p@ss"w\\rd/+', 'p@ss"w\\rd/+'];
    const hide = hideToken('https://git.example.com/a/b', secret);
    const base64 = Buffer.from(secret).toString('base64');
    expect(base64).toMatch(/=$/);
    for (const form of [secret, password, encodeURIComponent(secret), encodeURIComponent(password), JSON.stringify(password), base64])
      expect(hide(`<${form.replace(/=+$/, '')}>`)).toMatch(/^<"?\*\*\*"?>$/);
    expect(hide(`<${Buffer.from(secret).toString('base64url')}>`)).toBe('<***>');
  });
});
