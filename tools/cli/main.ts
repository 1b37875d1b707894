import { createProgram } from './program.ts';
import { quietBrokenPipes } from './command/broken-pipe.ts';
import type { CommandProcess } from './command/command-process.ts';
import { exitCodes, explainUnknownRoute, refusalOf } from './command/refusal.ts';

/** Runs one command and ends the process with its exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  quietBrokenPipes();
  await runCommand(argv, process);
  // Waits until the output is written, even to a slow reader.
  await Promise.all([written(process.stdout), written(process.stderr)]);
  // Idle connections would keep the process alive for seconds.
  process.exit();
}

/** Runs one command, and sets the process's exit code. */
export async function runCommand(argv: readonly string[], process: CommandProcess): Promise<void> {
  try {
    await createProgram(process).parseAsync(argv, { from: 'user' });
  } catch (thrown) {
    const { text, code } = refusalOf(explainUnknownRoute(thrown), process.env);
    if (text) process.stderr.write(`${text}\n`);
    process.exitCode = code === exitCodes.misused && hasDetailedExitCode(argv) ? exitCodes.failed : code;
  }
}

/** Whether exit code 2 means that a plan has changes, so that misuse needs another one. commander can't tell if an option is wrong. */
function hasDetailedExitCode(argv: readonly string[]): boolean {
  return argv.includes('--detailed-exitcode') && argv.some((word) => word === 'plan' || word === 'deploy');
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}
