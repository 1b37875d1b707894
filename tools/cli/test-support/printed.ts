/** What a command has printed so far. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
  add(stream: 'stdout' | 'stderr', text: string): void;
  /** both streams together */
  output(): string;
  /** resolves when the output has a match, rejects if the command ends without one. @param ended settles when the command has ended */
  match(pattern: RegExp, ended: Promise<unknown>): Promise<RegExpExecArray>;
}

export function collectPrinted(): Printed {
  const text = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  const output = (): string => text.stdout + text.stderr;
  return {
    get stdout() {
      return text.stdout;
    },
    get stderr() {
      return text.stderr;
    },
    add(stream, chunk) {
      text[stream] += chunk;
      for (const listener of listeners) listener();
    },
    output,
    match: (pattern, ended) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(output());
          if (match) resolve(match);
        };
        listeners.add(look);
        look();
        const over = (): void => reject(new Error(`The command ended without printing ${pattern}:\n${output()}`));
        void ended.then(over, over);
      }),
  };
}
