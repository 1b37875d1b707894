import { CommanderError } from 'commander';

import { isTributaryError, messageOf, TributaryError } from '@tributary/contract/error';

/** 0 done; 1 failed; 2 misused; 130 the user stopped watching. */
export const exitCodes = { done: 0, failed: 1, misused: 2, interrupted: 130 } as const;

/** The command line itself was wrong: exit 2. */
export function misuse(message: string): TributaryError {
  return new TributaryError('misuse', message, { facts: { commandLine: true } });
}

/** What a person is told about whatever was thrown, and the exit code. No stack trace, unless TRIBUTARY_DEBUG asks for it. */
export function refusalOf(thrown: unknown, env: NodeJS.ProcessEnv): { text: string; code: number } {
  // commander has already printed what it had to say
  if (thrown instanceof CommanderError) {
    return { text: '', code: thrown.exitCode === 0 ? exitCodes.done : exitCodes.misused };
  }
  const code = isTributaryError(thrown) && thrown.facts['commandLine'] === true ? exitCodes.misused : exitCodes.failed;
  if (env['TRIBUTARY_DEBUG'] && thrown instanceof Error) return { text: thrown.stack ?? thrown.message, code };
  return { text: sentenceOf(thrown), code };
}

/** Both kinds of server answer so of a path that they don't know; of a noun that isn't there they say which. */
function isUnknownRoute(thrown: unknown): thrown is TributaryError {
  return (
    isTributaryError(thrown) && (thrown.facts.status === 405 || (thrown.facts.status === 404 && thrown.facts['reason'] === 'Not Found'))
  );
}

/** An answer that means that the server lacks something, in words of its own; anything else as it is. */
export function explainUnknownRoute(thrown: unknown): unknown {
  if (!isUnknownRoute(thrown)) return thrown;
  const call = thrown.message.split(' was answered ')[0] ?? '';
  return new TributaryError(
    'unsupported',
    `This server lacks what the command needs (${call}): it is older than the command, or of another kind. "tributary doctor" tells its version.`,
    { cause: thrown, facts: thrown.facts },
  );
}

function sentenceOf(thrown: unknown): string {
  const message = messageOf(thrown);
  if (!isTributaryError(thrown)) return `Unexpected error: ${message} (TRIBUTARY_DEBUG=1 shows where)`;
  const issues = (thrown.facts.issues ?? []).filter((issue) => !message.includes(issue.message));
  return [message, ...issues.map(({ path, message: reason }) => `  ${path ? `${path}: ` : ''}${reason}`)].join('\n');
}
