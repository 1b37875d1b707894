import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, it } from 'vitest';

import { runInstaller } from './run-installer.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-installer-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a script of the shell. */
const run = (script: string, env: Readonly<Record<string, string>> = {}, signal = new AbortController().signal): Promise<string> =>
  runInstaller({
    command: 'sh',
    args: ['-c', script],
    folder,
    env: { PATH: process.env['PATH'], ...env },
    secrets: ['npm_11SECRET', ''],
    lock: { record: () => undefined, release: () => undefined },
    signal,
    problem: 'The packages of commit a can not be installed',
    remedy: 'Repair it.',
  });

/** Runs a program that prints this and fails. */
const failWith = (printed: string): Promise<unknown> =>
  run('echo "$PRINTED" >&2; exit 1', { PRINTED: printed, PIP_INDEX_URL: 'https://pypi.example/s3cret%2Ftoken/simple' }).catch(
    (error: unknown) => error,
  );

it('an installer unpacks in its own folder, and leaves nothing there when it ends or is killed', async () => {
  expect(await run('mktemp -d')).toMatch(new RegExp(`^${folder}/\\.tmp/`));
  const stop = new AbortController();
  const killed = run('mktemp -d; echo > began; sleep 60', {}, stop.signal);
  await expect.poll(() => readdirSync(folder)).toContain('began');
  expect(readdirSync(join(folder, '.tmp'))).toHaveLength(1);
  stop.abort(new Error('The run was cancelled.'));
  await expect(killed).rejects.toThrow('The run was cancelled.');
  expect(readdirSync(folder)).toEqual(['began']);
});

it("an installer's output is reported without secrets", async () => {
  const error = await failWith(
    'token npm_11SECRET, index https://me:hunter2@pypi.example/simple, https://registry.example/@acme/x, https://pypi.example/s3cret%2Ftoken/simple/x',
  );
  expect(error).toMatchObject({
    code: 'crashed',
    message:
      'The packages of commit a can not be installed: sh ended with exit code 1. Repair it.\n' +
      'token ***, index https://***@pypi.example/simple, https://registry.example/@acme/x, https://pypi.example/***/simple/x',
  });
});

it.each([
  ['npm error code E401', 'unauthorized'],
  ['ERROR: HTTP error 403 while getting https://pypi.example/x', 'unauthorized'],
  ['npm error code SELF_SIGNED_CERT_IN_CHAIN', 'bad_answer'],
  ['npm error code E503', 'unreachable'],
  ['npm error code E429', 'too_many_requests'],
  ['npm error code ENOSPC', 'storage'],
  ['npm error code E404', 'crashed'],
])('an installer that says %s is %s', async (printed, code) => {
  expect(await failWith(printed)).toMatchObject({ code });
});
