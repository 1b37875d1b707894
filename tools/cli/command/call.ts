import type { Command } from 'commander';

import { createOut, type Out } from '../print/out.ts';
import type { CommandProcess } from './command-process.ts';

/** One call of the command: its working folder and environment, the options that all verbs have, and its output. */
export interface Call {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly json: boolean;
  readonly engine: 'prefect' | undefined;
  readonly url: string | undefined;
  readonly out: Out;
  readonly process: CommandProcess;
}

interface GlobalOptions {
  readonly json?: boolean;
  readonly engine?: 'prefect';
  readonly url?: string;
  /** set by createProgram, not by the user */
  readonly process: CommandProcess;
}

/** Runs a verb. A number that the verb returns becomes the exit code; otherwise the exit code is 0. */
export async function act(command: Command, verb: (call: Call) => Promise<number | undefined>): Promise<void> {
  const { json = false, engine, url, process } = command.optsWithGlobals<GlobalOptions>();
  const out = createOut({ json, stdout: process.stdout, stderr: process.stderr });
  process.exitCode = (await verb({ cwd: process.cwd(), env: process.env, json, engine, url, out, process })) ?? 0;
}
