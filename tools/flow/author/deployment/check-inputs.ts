import { normalize } from 'node:path/posix';

import { TributaryError } from '@tributary/contract/error';

/**
 * Checks the files that a deployment names as its inputs.
 * @param deployment the full name, for messages
 * @param inputs globs relative to the folder of deployments.ts, which is `ints/<name>`
 * @throws `misuse` with the first wrong glob
 */
export function checkInputs(deployment: string, inputs: readonly string[]): readonly string[] {
  if (!Array.isArray(inputs))
    throw new TributaryError('misuse', `The inputs of deployment ${deployment} aren't a list. Write inputs: ['../shared/sql/**'].`);
  for (const input of inputs) {
    const reason = whyWrong(input);
    if (reason)
      throw new TributaryError(
        'misuse',
        `The inputs of deployment ${deployment} name ${JSON.stringify(input)}, which ${reason}. Write a path relative to deployments.ts, such as "../shared/sql/**".`,
      );
  }
  return inputs;
}

function whyWrong(input: unknown): string | undefined {
  if (typeof input !== 'string' || input.trim() === '') return "isn't the path of a file";
  if (input.includes('\\')) return 'has a backslash: paths have slashes on all systems';
  if (/^(\/|~|[a-z]:)/i.test(input)) return "isn't relative";
  if (normalize(`ints/x/${input}`).split('/')[0] === '..') return 'is outside of the workspace';
  return undefined;
}
