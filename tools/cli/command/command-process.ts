import type { OutStream } from '../print/out.ts';

/** What a command reads. On a terminal, raw mode hides what is typed. */
type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean; readonly setRawMode?: (raw: boolean) => unknown };

/** The process that a command runs in. Node's own `process` is one; a test may give another. */
export interface CommandProcess {
  readonly cwd: () => string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: Input;
  readonly stdout: OutStream;
  readonly stderr: OutStream;
  exitCode?: number | string | null | undefined;
}
