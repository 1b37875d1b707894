import { CommanderError } from 'commander';

import { isTributaryError, messageOf, TributaryError } from '@tributary/contract/error';

import { printable } from '../print/text.ts';

/** The command's exit codes. `changed`: only with --detailed-exitcode; `interrupted`: the user stopped watching. */
export const exitCodes = { done: 0, failed: 1, misused: 2, changed: 2, interrupted: 130 } as const;

/** An error in the command line itself: exit code 2. */
export function misuse(message: string): TributaryError {
  return new TributaryError('misuse', message, { facts: { commandLine: true } });
}

/** The text to print for a thrown value, and the exit code. The text has a stack trace only with TRIBUTARY_DEBUG. */
export function refusalOf(thrown: unknown, env: NodeJS.ProcessEnv): { text: string; code: number } {
  // commander has printed its message already.
  if (thrown instanceof CommanderError) {
    return { text: '', code: thrown.exitCode === 0 ? exitCodes.done : exitCodes.misused };
  }
  const code = isTributaryError(thrown, 'misuse') && thrown.facts.commandLine ? exitCodes.misused : exitCodes.failed;
  if (env['TRIBUTARY_DEBUG'] && thrown instanceof Error) return { text: thrown.stack ?? thrown.message, code };
  // A message may name what a server or a file says.
  return { text: printable(sentenceOf(thrown)), code };
}

/**
 * Whether the server lacks the route. The servers of Tributary and Prefect answer an unknown route with 405, or with 404 and only `Not Found`.
 * A 404 for something that doesn't exist, such as a run, has a longer text.
 */
function isUnknownRoute(thrown: unknown): thrown is TributaryError<'not_found' | 'bad_answer'> {
  if (isTributaryError(thrown, 'not_found')) return thrown.facts.status === 404 && thrown.facts.reason === 'Not Found';
  return isTributaryError(thrown, 'bad_answer') && thrown.facts.status === 405;
}

/** Explains the error of a request whose route the server lacks. @returns any other error unchanged */
export function explainUnknownRoute(thrown: unknown): unknown {
  if (!isUnknownRoute(thrown)) return thrown;
  return new TributaryError(
    'unsupported',
    `This server doesn't support a request of this command (${thrown.facts.call}). The server may be older than the command, or of another kind. "tributary doctor" shows the server's version.`,
    { cause: thrown, facts: thrown.facts },
  );
}

function sentenceOf(thrown: unknown): string {
  const message = messageOf(thrown);
  if (!isTributaryError(thrown)) return `Unexpected error: ${message} (TRIBUTARY_DEBUG=1 shows where)`;
  const issues = (thrown.facts.issues ?? []).filter((issue) => !message.includes(issue.message));
  return [message, ...issues.map(({ path, message: reason }) => `  ${path ? `${path}: ` : ''}${reason}`)].join('\n');
}
