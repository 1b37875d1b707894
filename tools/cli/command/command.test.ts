import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { callCommand, startCommand } from '../test-support/command.ts';
import { createWorkspace } from '../test-support/stage.ts';

const bin = join(import.meta.dirname, '..', 'bin.mjs');
const groups = {
  deployment: ['run', 'ls', 'inspect', 'pause', 'resume', 'delete'],
  'deployment schedule': ['ls', 'pause', 'resume'],
  'flow-run': ['ls', 'inspect', 'logs', 'watch', 'cancel', 'retry', 'resume', 'suspend'],
  'work-pool': ['ls', 'inspect', 'create', 'pause', 'resume', 'set-concurrency-limit', 'clear-concurrency-limit', 'delete'],
  'concurrency-limit': ['ls', 'inspect', 'create', 'update', 'enable', 'disable', 'delete'],
  artifact: ['ls', 'inspect', 'delete'],
  secret: ['set', 'ls', 'delete'],
  variable: ['get', 'set', 'ls', 'delete'],
  server: ['start'],
  worker: ['start'],
};
const verbs = [
  ...Object.entries(groups).flatMap(([noun, all]) => all.map((verb) => [...noun.split(' '), verb])),
  ['dev'],
  ['plan'],
  ['deploy'],
  ['doctor'],
];

describe.concurrent('the command line', () => {
  let workspace: ReturnType<typeof createWorkspace>;
  beforeAll(() => {
    workspace = createWorkspace();
  });
  afterAll(() => workspace.remove());
  const command = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    callCommand(args, { cwd: workspace.root, env }).ended;

  it('explains every command, with an example', async () => {
    const shown = await Promise.all(verbs.map(async (verb) => ({ verb, ...(await command([...verb, '--help'])) })));
    for (const { verb, code, stdout, stderr } of shown) {
      expect([verb, code, stderr]).toEqual([verb, 0, '']);
      expect(stdout).toMatch(new RegExp(`Examples?:[\\s\\S]*npx tributary ${verb.join(' ')}`));
      expect(stdout).toContain('--json');
    }
  });

  it("lists a verb's own options before those of every verb", async () => {
    const { stdout } = await command(['flow-run', 'retry', '--help']);
    expect(stdout.match(/^ +(?:-h, )?--[a-z]+/gm)?.map((option) => option.trim())).toEqual([
      '--watch',
      '--no',
      '--json',
      '--url',
      '--engine',
      '-h, --help',
    ]);
  });

  it('explains itself by every form of help, and when called without arguments', async () => {
    for (const args of [['help'], ['help', 'deployment'], ['deployment', 'help', 'run']])
      expect(await command(args)).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^Usage: tributary/) });
    expect(await command([])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('npx tributary dev') });
  });

  it.each([
    [['deplyment', 'ls'], 'Did you mean deployment?'],
    [['deployment', 'rn'], 'Did you mean run?'],
    [['deployment', 'run', 'a/b', '--wach'], 'Did you mean --watch?'],
    [['deployment', 'run'], "missing required argument 'deployment'"],
    [['deployment', 'inspect', 'a/b', 'c/d'], 'too many arguments'],
    [['deployment', 'run', 'a/b', '--params', '{limit: 1}'], "--params isn't JSON"],
    [['deployment', 'run', 'a/b', '--param', 'limit'], 'takes name=value'],
    [['deployment', 'run', 'a/b', '--in', 'soon'], "'10m'|'5m'"],
    [['flow-run', 'ls', '--limit', '0'], 'whole number from 1 to 200'],
    [['flow-run', 'ls', '--limit', '201'], 'whole number from 1 to 200'],
    [['worker', 'start', '--limit', '0'], 'whole number of at least 1'],
    [['server', 'start', '--port', '99999'], '65535'],
    [['variable', 'set', 'Wrong-Name', '1'], 'lowercase letters'],
    [['concurrency-limit', 'create', 'warehouse'], 'concurrency-limit create warehouse 5'],
    [['concurrency-limit', 'create', 'a/b', '1'], 'may not contain'],
    [['concurrency-limit', 'create', 'api', '1', '--decay', '-1'], 'at least 0'],
    [['concurrency-limit', 'update', 'api'], 'Nothing to change'],
    [['concurrency-limit', 'update', 'api', '--enable', '--disable'], 'not both'],
    [['work-pool', 'create', 'a%b'], 'may not contain'],
    [['work-pool', 'create', 'heavy', '--base-job-template', 'none.json'], "can't be read as JSON"],
    [['work-pool', 'set-concurrency-limit', 'heavy', 'many'], 'whole number'],
    [['artifact', 'ls', '--limit', '0'], 'whole number from 1 to 2000'],
    [['deployment', 'schedule', 'pause', 'a/b', 'c', '--all'], 'not both'],
    [['flow-run', 'resume', 'run', '--input', 'approved'], '--input takes name=value'],
    [['flow-run', 'resume', 'run', '--input', '{"ok": true}'], 'For a JSON object, use --inputs.'],
    [['deployment', 'ls', '--engine', 'airflow'], 'prefect'],
    [['deployment', 'ls', '--url', '127.0.0.1:34115/api'], 'such as http://127.0.0.1:34115/api'],
  ])('refuses %j with exit code 2', async (args, reason) => {
    const { code, stdout, stderr } = await command(args);
    expect(stderr).toMatch(new RegExp(reason.replace(/[?.]/g, '\\$&')));
    expect([code, stdout]).toEqual([2, '']);
  });

  it.each([
    ['no server', {}, /npx tributary dev.*npx tributary server start/],
    ['a URL where nothing answers', { TRIBUTARY_API_URL: 'http://127.0.0.1:1/api' }, /No server answers at http:\/\/127\.0\.0\.1:1\/api/],
    ['an invalid URL', { TRIBUTARY_API_URL: 'localhost' }, /TRIBUTARY_API_URL/],
  ])('says what to do about %s, in one sentence and with exit code 1', async (_, env, sentence) => {
    const { code, stdout, stderr } = await command(['deployment', 'ls'], env);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect([code, stdout]).toEqual([1, '']);
  });

  it('refuses to write to the server in PREFECT_API_URL without --engine prefect', async () => {
    const env = { PREFECT_API_URL: 'http://127.0.0.1:1/api' };
    const refused = await command(['deployment', 'run', 'a/b'], env);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('--engine prefect')]);
    const meant = await command(['deployment', 'run', 'a/b', '--engine', 'prefect'], env);
    expect([meant.code, meant.stderr]).toEqual([1, expect.stringContaining('No server answers')]);
  });

  it.each([
    [['deployment', '--help'], 0, /^Usage: tributary deployment/, /^$/],
    [['deployment', 'ls'], 1, /^$/, /^No Tributary server is running/],
    [['deployment', 'rn'], 2, /^$/, /Did you mean run\?/],
  ])('%j ends its process with exit code %i and writes to the streams of the process', async (args, expected, result, notes) => {
    const { code, stdout, stderr } = await startCommand(args, { cwd: workspace.root }).ended;
    expect([code, stdout, stderr]).toEqual([expected, expect.stringMatching(result), expect.stringMatching(notes)]);
  });

  it("explains that a server doesn't support a request", async () => {
    const known = new Map([
      ['GET /api/health', 'true'],
      ['GET /api/admin/version', '"3.8.8"'],
      ['POST /api/flows/count', '0'],
    ]);
    const server = createServer((request, response) => {
      const body = known.get(`${request.method} ${request.url}`);
      response.writeHead(body === undefined ? 404 : 200).end(body ?? '{"detail":"Not Found"}');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = z.object({ port: z.int() }).parse(server.address());
    const url = `http://127.0.0.1:${port}/api`;
    for (const args of [
      ['artifact', 'ls'],
      ['concurrency-limit', 'inspect', 'api'],
    ]) {
      const { code, stdout, stderr } = await command(args, { TRIBUTARY_API_URL: url });
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^This server doesn't support a request of this command \(POST http:\S+\/filter\)\. .*tributary doctor.*\n$/);
    }
    for (const path of ['', '/apii']) {
      const { code, stderr } = await command(['flow-run', 'ls', '--url', url.replace('/api', path)]);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^http\S+ \(.*\) isn't the API of .* server\. Did you mean \S+\n$/)]);
      expect(stderr).toContain(`Did you mean ${url}?`);
    }
    server.close().closeAllConnections();
  });

  it('shows where an error came from only with TRIBUTARY_DEBUG', async () => {
    const { stderr } = await command(['deployment', 'ls'], { TRIBUTARY_DEBUG: '1' });
    expect(stderr).toMatch(/^\s+at /m);
  });

  const old = ['/usr/bin/node', '/usr/local/bin/node'].find((node) =>
    /^v2[0-3]\./.test(spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout ?? ''),
  );
  it.skipIf(!old)("runs although the shell's Node is older, and passes on exit code and signals", async () => {
    const options = { cwd: workspace.root, ...(old ? { node: old } : {}) };
    expect((await startCommand(['--version'], options).ended).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await startCommand(['deployment', 'rn'], options).ended).code).toBe(2);
    const server = startCommand(['server', 'start', '--port', '0', '--json'], options);
    await server.printed(/"url":"http/);
    server.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
    const lonely = join(workspace.root, 'bin.mjs');
    copyFileSync(bin, lonely);
    const { status, stderr } = spawnSync(old ?? '', [lonely], { cwd: workspace.root, encoding: 'utf8' });
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^Tributary needs Node 24 or newer.*npm run setup.*\n$/)]);
  });

  it('ends silently when the reader of its output closes the pipe', async () => {
    const child = spawn(process.execPath, [bin, 'deployment', 'run', '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const stderr = await text(child.stderr);
    expect([stderr, child.exitCode ?? (await once(child, 'exit'))[0]]).toEqual(['', 0]);
  });
});
