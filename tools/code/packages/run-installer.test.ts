import { tmpdir } from 'node:os';

import { expect, it } from 'vitest';

import { runInstaller } from './run-installer.ts';

/** Runs a program that prints this and fails. */
const failWith = (printed: string): Promise<unknown> =>
  runInstaller({
    command: 'sh',
    args: ['-c', 'echo "$PRINTED" >&2; exit 1', 'sh'],
    folder: tmpdir(),
    env: { PATH: process.env['PATH'], PRINTED: printed, PIP_INDEX_URL: 'https://pypi.example/s3cret%2Ftoken/simple' },
    secrets: ['npm_11SECRET', ''],
    lock: { record: () => undefined, release: () => undefined },
    signal: new AbortController().signal,
    problem: 'The packages of commit a can not be installed',
    remedy: 'Repair it.',
  }).catch((error: unknown) => error);

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
