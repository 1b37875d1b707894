import { describe, expect, it } from 'vitest';

import { explainFailure, isTemporary } from './explain-failure.ts';
import { readTrace } from './read-trace.ts';

const target = { repository: 'https://github.com/acme/data.git', name: 'commit a of https://github.com/acme/data.git' };

describe('a failure of git', () => {
  it.each([
    ['fatal: write error: No space left on device', undefined, 'storage', false],
    ['error: unable to write file ints/shop/a.ts', 200, 'storage', false],
    ["fatal: sha1 file '/store/work/a.index.lock' write error. Out of diskspace", 200, 'storage', false],
    ["fatal: unable to access 'x': Could not resolve host: github.com", undefined, 'unreachable', true],
    ["fatal: unable to access 'x': Failed to connect to github.com port 443", undefined, 'unreachable', true],
    ['error: RPC failed; curl 18 transfer closed\nfatal: early EOF', 200, 'unreachable', true],
    ['fatal: remote error: upload-pack: not our ref aaaa', 200, 'not_found', false],
    ["fatal: unable to access 'x': SSL certificate problem: self-signed certificate", undefined, 'bad_answer', false],
    ["fatal: could not read Username for 'https://github.com': terminal prompts disabled", 401, 'unauthorized', false],
    ["fatal: unable to access 'x': The requested URL returned error: 418", 418, 'bad_answer', false],
    ['fatal: bad object deadbeef', 200, 'crashed', false],
    ['', undefined, 'crashed', false],
  ])('that says %j after %s is %s', (printed, status, expected, temporary) => {
    const error = explainFailure(target, { printed, answer: status === undefined ? undefined : { status }, hasToken: true });
    expect(error.code).toBe(expected);
    expect(isTemporary(error)).toBe(temporary);
  });
});

describe("git's trace of http", () => {
  const trace = (...lines: string[]): string => lines.map((line) => `12:00:00.000000 http.c:725              ${line}\n`).join('');

  it('has the status of the last answer, and the headers that count, in any case of letters', () => {
    const text = trace(
      '=> Send header: GET /acme/data.git/info/refs?service=git-upload-pack HTTP/2',
      '=> Send header: authorization: Basic <redacted>',
      '<= Recv header: HTTP/2 200 ',
      '<= Recv header: retry-after: 1',
      '=> Send header: POST /acme/data.git/git-upload-pack HTTP/2',
      '<= Recv header: HTTP/1.1 100 Continue',
      '<= Recv header: HTTP/2 503 ',
      '<= Recv header: Retry-After: 30',
      '== Info: Connection #0 left intact',
    );
    expect(readTrace(text)).toEqual({ status: 503, retryAfter: '30' });
  });

  it('has no answer if the last request had none', () => {
    const head = '=> Send header: GET / HTTP/1.1';
    expect(readTrace(trace(head, '<= Recv header: HTTP/1.1 200 OK', head))).toBeUndefined();
    expect(readTrace('')).toBeUndefined();
  });
});
