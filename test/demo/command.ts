import { join } from 'node:path';

import { TributaryError } from '@tributary/contract';

import { start } from '../support/process.ts';
import type { Stops } from '../support/stops.ts';

interface CommandOptions {
  /** the workspace whose own command runs, as its user would run it */
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly stops: Stops;
}

/** Runs the `tributary` command. @returns what it printed @throws with what it printed, if it fails */
export async function runCommand(args: readonly string[], { root, environment, input = '', stops }: CommandOptions): Promise<string> {
  const file = join(root, 'tools', 'cli', 'bin.mjs');
  const running = start(process.execPath, [file, ...args], { cwd: root, env: environment, input });
  await stops.add(running, (started) => started.stop());
  const { code } = await running.ended;
  if (code === 0) return running.output();
  throw new TributaryError('internal', `tributary ${args.join(' ')} ended with exit code ${code}:\n${running.output()}`);
}

/** The lines of a plan in the output of a deploy, without the lines that don't help a newcomer. */
export function planLines(output: string): string[] {
  return output.split('\n').flatMap((line) => (/^\s*[+~=-] |^\s{4,}\S/.test(line) ? [line.trimEnd()] : []));
}
