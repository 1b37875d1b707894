import { mkdirSync } from 'node:fs';
import { dirname, delimiter, join } from 'node:path';

import { type ErrorCode, TributaryError } from '@tributary/contract/error';
import { execa } from 'execa';

import type { Lock } from '../hold/acquire.ts';
import { removeFolder } from '../hold/remove-folder.ts';

export interface Installer {
  readonly command: string;
  readonly args: readonly string[];
  /** the folder that the installer fills, which is removed if this process is killed */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** values that no message may have @default none */
  readonly secrets?: readonly string[];
  readonly lock: Lock;
  readonly signal: AbortSignal;
  /** the beginning of the error's message: `The packages of commit … can't be installed` */
  readonly problem: string;
  /** what to do if the commit is the cause */
  readonly remedy: string;
}

/**
 * Runs npm, pip or uv in a process group of its own. What it unpacks for a moment stands in its folder: a killed installer leaves that behind.
 * @throws the signal's reason once it is aborted; an error with the last lines of the output
 */
export async function runInstaller({
  command,
  args,
  folder,
  env,
  secrets = [],
  lock,
  signal,
  problem,
  remedy,
}: Installer): Promise<string> {
  signal.throwIfAborted();
  const temporary = join(folder, '.tmp');
  mkdirSync(temporary, { recursive: true });
  const child = execa(command, args, {
    cwd: folder,
    env: { ...env, TMPDIR: temporary },
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    cancelSignal: signal,
    killDescendants: true,
    forceKillAfterDelay: 300,
    reject: false,
  });
  if (child.pid !== undefined) lock.record({ text: command, pid: child.pid });
  const { failed, exitCode, all: output, code } = await child;
  await removeFolder(temporary);
  signal.throwIfAborted();
  if (!failed && exitCode === 0 && !leftOut.test(output)) return output;
  if (code === 'ENOENT') throw new TributaryError('crashed', `${problem}: ${command} isn't on the worker's PATH. Install it.`);
  const lines = hide(output, env, secrets).trim().split('\n').slice(-12).join('\n').slice(-3000);
  const kind = kindOf(output);
  throw new TributaryError(
    kind,
    `${problem}: ${command} ${failed ? `ended with exit code ${exitCode ?? 'unknown'}` : 'left files out'}. ${remedies[kind] ?? remedy}\n${lines}`,
  );
}

/** A shorter part of a path is too common to be a password. */
const shortest = 8;

/** Hides secrets in what an installer printed, and those in URLs: users, passwords, and parts of the paths in the environment's URLs. */
function hide(output: string, env: Installer['env'], secrets: readonly string[]): string {
  const urls = Object.values(env).flatMap((value = '') => (/^https?:/.test(value) ? (URL.parse(value) ?? []) : []));
  const parts = urls.flatMap(({ pathname }) => pathname.split('/')).filter(({ length }) => length >= shortest);
  const forms = [...secrets.filter(Boolean), ...parts].flatMap((secret) => [secret, encodeURIComponent(secret)]);
  const masked = forms.reduce((text, form) => text.replaceAll(form, '***'), output);
  return masked.replaceAll(/(?<=:\/\/)[^\s/@]+(?=@)/g, '***');
}

/** npm takes a file that it couldn't write for a warning, on a full disk for example, and ends with exit code 0. */
const leftOut = /TAR_ENTRY_ERROR/;

/** What helps if the commit isn't the cause. */
const remedies: Partial<Record<ErrorCode, string>> = {
  storage: 'There is no space left: free some, or set TRIBUTARY_CODE_DIR.',
  unreachable: 'Check the network and the registry.',
  bad_answer:
    "The registry's certificate isn't trusted. Name the file of its authority in the worker's environment: NODE_EXTRA_CA_CERTS for npm, SSL_CERT_FILE for uv, PIP_CERT for pip.",
  too_many_requests: 'The registry refuses more requests for now.',
  unauthorized: "The registry refuses the worker. Check the worker's variables: those that .npmrc names, or those of pip or uv.",
};

/** Whether the installer failed because of the disk, a registry that is away or refuses, or the commit. */
function kindOf(output: string): ErrorCode {
  if (/ENOSPC|EDQUOT|No space left on device|Disk quota exceeded/.test(output)) return 'storage';
  if (
    /\b(?:ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|ERR_SOCKET_TIMEOUT|E5\d\d)\b|Max retries exceeded|Connection (?:refused|reset)/.test(
      output,
    )
  )
    return 'unreachable';
  if (/\b(?:SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER|VERIFY)|CERT_HAS_EXPIRED|CERTIFICATE_VERIFY_FAILED)|UnknownIssuer/.test(output))
    return 'bad_answer';
  if (/\bE429\b/.test(output)) return 'too_many_requests';
  if (/\b(?:E401|E403|ENEEDAUTH)\b|HTTP error 40[13]\b|40[13] Client Error|\(40[13] (?:Unauthorized|Forbidden)\)/i.test(output))
    return 'unauthorized';
  return 'crashed';
}

/** What installers need from the worker's environment. Its own Node comes first on PATH, so that native packages are built for it. */
export function installerEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const names =
    /^(?:HOME|LANG|XDG_CACHE_HOME|(?:https?|all|no)_proxy|SSL_CERT_(?:FILE|DIR)|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA|npm_config_\w+|PIP_\w+|UV_\w+)$/i;
  const passed = Object.entries(env).flatMap(([name, value]) => (value !== undefined && names.test(name) ? [[name, value]] : []));
  return { ...Object.fromEntries(passed), PATH: [dirname(process.execPath), env['PATH'] ?? ''].join(delimiter) };
}
