import { type ErrorCode, isTributaryError, TributaryError } from '@tributary/contract/error';

import type { Answer } from './read-trace.ts';

/** What git is run for. */
export interface Target {
  /** the repository's URL */
  readonly repository: string;
  /** what is wanted from it, for messages: `commit 1a2b3c4d5e6f of https://github.com/acme/data.git` */
  readonly name: string;
}

export interface Failure {
  /** what git printed on standard error, without the token */
  readonly printed: string;
  readonly answer: Answer | undefined;
  readonly hasToken: boolean;
}

const lost =
  /curl (?:5|6|7|16|18|28|35|52|55|56|92)\b|early EOF|hung up|unexpected disconnect|Could not resolve|Failed to connect|Couldn't connect|timed out|Timeout|reset by peer|Empty reply|Operation too slow|transfer closed|bytes of body are still expected|Recv failure|unable to access|RPC failed/i;

/** git doesn't always say why it can't write: a full disk while files are checked out reads so. */
const unwritable = /^(?:fatal|error): (?:unable|cannot|could not|failed) (?:to )?(?:write|create|append|open|mkdir|lock)\b|write error/m;

/** git reads an object or a pack that isn't as it was written. What a server says about its own begins with "remote: ". */
const damaged =
  /^(?!remote: ).*(?:\bis corrupt\b|inflate: data stream|checksum mismatch|CRC mismatch|too short to be a packfile|invalid sha1 pointer|bad object (?:refs|HEAD)|(?:unpack|read) tree|not a GIT packfile|unable to unpack|index file .* is too small|wrong index|packfile .* cannot be (?:mapped|accessed)|object file .* is empty)/m;

/** Says why git couldn't fetch, and what to do. The error's code says whether another try may help: see {@link isTemporary}. */
export function explainFailure({ repository, name }: Target, { printed, answer, hasToken }: Failure): TributaryError {
  const { host } = new URL(repository);
  const line = lastLine(printed);
  const status = answer?.status;
  const facts = { status: status ?? 0, call: repository, reason: line };
  const error = (kind: ErrorCode, message: string) => new TributaryError(kind, message, { facts });
  if (/No space left on device|Disk quota exceeded|Out of diskspace/i.test(printed))
    return error('storage', `There is no space left for ${name}. Free some space, or set TRIBUTARY_CODE_DIR.`);
  if (damaged.test(printed))
    return new TributaryError(
      'storage',
      `The code store has damaged objects of ${repository}: ${line}. Check the disk, and then run: npx tributary code verify --repair`,
      { facts: { damaged: true } },
    );
  if (unwritable.test(printed))
    return error(
      'storage',
      `${name} can't be written to the code store: ${line}. Free some space, check the folder's permissions, or set TRIBUTARY_CODE_DIR.`,
    );
  if (/not our ref|unadvertised object|couldn't find remote ref/.test(printed))
    return error(
      'not_found',
      `${host} doesn't have ${name}: it was never pushed, or a force-push removed it and the server dropped it. Push the commit (git push), or deploy again from one that is there.`,
    );
  if (status === 401 || status === 403) return refused(status, host, repository, hasToken, error);
  if (status === 404 || status === 410)
    return error(
      'not_found',
      `${host} has no repository ${repository} (${status})${hasToken ? ', or the token may not read it. Check the URL, and give the token read access to the contents of this repository.' : ' that can be read without a token. Check the URL; for a private repository, name a secret that holds a token.'}`,
    );
  if (status === 429) return error('too_many_requests', `${host} refuses more requests for now (429).`);
  if (status === 408) return error('timeout', `${host} waited too long for a request (408).`);
  if (status !== undefined && status >= 500) return error('server_error', `${host} can't answer for now (${status}).`);
  if (status !== undefined && status >= 400)
    return error('bad_answer', `${host} refuses to send ${repository} (${status}). Check the URL.`);
  if (/SSL certificate|certificate (?:verify|problem|subject)|CAfile/i.test(printed))
    return error(
      'bad_answer',
      `The certificate of ${host} isn't trusted: ${line}. Name the file of its authority in SSL_CERT_FILE of the worker.`,
    );
  if (/dumb http transport|protocol error: bad line|not valid: .*is this a git repository/.test(printed))
    return error('bad_answer', `${repository} answers, but not as a git server with smart HTTP. Check the URL.`);
  if (lost.test(printed))
    return error('unreachable', `The connection to ${host} failed${line ? `: ${line}` : ''}. Check the network and the server.`);
  return error('crashed', `${name} can't be fetched: git says: ${line || 'nothing'}.`);
}

function refused(
  status: number,
  host: string,
  repository: string,
  hasToken: boolean,
  error: (kind: ErrorCode, message: string) => TributaryError,
): TributaryError {
  if (!hasToken)
    return error('unauthorized', `${host} shows ${repository} only with a token (${status}). Name a secret that holds a token.`);
  return error(
    'unauthorized',
    status === 401
      ? `${host} doesn't accept the token for ${repository} (401): it is wrong, expired or revoked. Store a new one: npx tributary secret set NAME.`
      : `${host} doesn't let this token read ${repository} (403). Give it read access to the contents of this repository; if your organization uses single sign-on, authorize the token for it.`,
  );
}

/** The last line in which git says what was fatal; otherwise its last line. */
function lastLine(printed: string): string {
  const lines = printed.trim().split('\n');
  return (lines.find((text) => /^(?:fatal|error): /.test(text)) ?? lines.at(-1) ?? '').replace(/^(?:fatal|error): /, '').slice(0, 500);
}

/** True if what the store has of a repository can't be read, so that it must be fetched anew. */
export function isDamaged(error: unknown): boolean {
  return isTributaryError(error, 'storage') && error.facts.damaged === true;
}

const temporary: ReadonlySet<ErrorCode> = new Set(['unreachable', 'timeout', 'too_many_requests', 'server_error']);

/** True if the same code may be there at another try: the server is away or busy. All other errors need a person. */
export function isTemporary(error: unknown): boolean {
  return isTributaryError(error) && temporary.has(error.code);
}
