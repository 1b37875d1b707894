let endsEarly = true;

/** Ends the process silently when the reader closes the pipe (`| head`), with the exit code so far. */
export function quietBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') process.exit(1);
      if (endsEarly) process.exit(process.exitCode);
    });
}

/** Lets the command finish although nobody reads its output, because it does more than print, and its exit code counts. */
export function finishWithoutReader(): void {
  endsEarly = false;
}
