import { createProgram } from './program.ts';
import { explainUnknownRoute, refusalOf } from './command/refusal.ts';

/** Runs one command and ends the process with its exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  quietBrokenPipes();
  try {
    await createProgram().parseAsync(argv, { from: 'user' });
  } catch (thrown) {
    const { text, code } = refusalOf(explainUnknownRoute(thrown), process.env);
    if (text) process.stderr.write(`${text}\n`);
    process.exitCode = code;
  }
  // Waits until the output is written, even to a slow reader.
  await Promise.all([written(process.stdout), written(process.stderr)]);
  // Idle connections would keep the process alive for seconds.
  process.exit();
}

/** Ends silently when the reader closes the pipe (`| head`), with the exit code so far. */
function quietBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? process.exitCode : 1));
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}
