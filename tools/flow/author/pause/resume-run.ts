import { flowRunId } from '@tributary/contract/id';
import type { JsonObject } from '@tributary/contract/json';
import { TributaryError } from '@tributary/contract/error';

import { currentContext } from '../../run/context.ts';
import { heedStop } from '../../run/heed-stop.ts';
import { whyNotExact, whyNotJson } from '../../run/json-value.ts';
import { holdsSecret } from '../../run/secret-mask.ts';

/**
 * Resumes a flow run that is paused or suspended: from another flow, or from a script.
 * @param options.input what it asks for
 * @throws `not_found`, `conflict` when it is not paused, `invalid_parameters` when the input does not fit, `timeout` when it is too late
 */
export async function resumeRun(id: string, options: { readonly input?: JsonObject } = {}): Promise<void> {
  const parsed = flowRunId.safeParse(id);
  if (!parsed.success) throw new TributaryError('misuse', `resumeRun(${JSON.stringify(id)}): give the id of a flow run, which is a UUID.`);
  const input = options.input ?? null;
  const lossy = input && whyNotExact(input, 'input');
  if (lossy) throw new TributaryError('invalid_parameters', `resumeRun("${id}") can't send its input: ${lossy}.`);
  const reason = input && whyNotJson(input, 'input');
  if (reason) throw new TributaryError('invalid_parameters', `resumeRun("${id}") can't send its input as JSON: ${reason}.`);
  if (input && holdsSecret(JSON.stringify(input)))
    throw new TributaryError(
      'misuse',
      `resumeRun("${id}") was given the value of a secret, which would be stored with the run: pass the secret's name, and read it there.`,
    );
  const context = currentContext();
  if (!context) return (await import('../../report/resume-from-script.ts')).resumeFromScript(parsed.data, input);
  heedStop(context);
  if (!context.port.pauses)
    throw new TributaryError(
      'unreachable',
      `resumeRun("${id}") needs a server, and this flow runs without one. Start one with: npx tributary dev`,
    );
  return context.port.pauses.resume(parsed.data, input);
}
