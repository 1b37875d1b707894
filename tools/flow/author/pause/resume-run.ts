import { TributaryError } from '@tributary/contract/error';
import { flowRunId } from '@tributary/contract/id';
import type { JsonObject } from '@tributary/contract/json';

import { currentContext } from '../../run/context.ts';
import { heedStop } from '../../run/heed-stop.ts';
import { whyNotExact, whyNotJson } from '../../run/json-value.ts';
import { holdsSecret } from '../../run/secret-mask.ts';

/**
 * Resumes a paused or suspended flow run, from another flow or from a script.
 * @param id the flow run's id
 * @param options.input the input that the run asks for
 * @throws `not_found`, `conflict` when the run isn't paused, `invalid_parameters` when the input doesn't fit, `timeout` when the pause has timed out
 * @example
 * await resumeRun('6a7f3f0e-50a6-4cf1-9f4b-2e3f2f3c1a10', { input: { approved: true } });
 */
export async function resumeRun(id: string, options: { readonly input?: JsonObject } = {}): Promise<void> {
  const parsed = flowRunId.safeParse(id);
  if (!parsed.success)
    throw new TributaryError('misuse', `resumeRun(${JSON.stringify(id)}) has an invalid id: give the id of a flow run, a UUID.`);
  const input = options.input ?? null;
  const lossy = input && whyNotExact(input, 'input');
  if (lossy) throw new TributaryError('invalid_parameters', `resumeRun("${id}") can't send its input: ${lossy}.`);
  const reason = input && whyNotJson(input, 'input');
  if (reason) throw new TributaryError('invalid_parameters', `resumeRun("${id}") can't send its input as JSON: ${reason}.`);
  if (input && holdsSecret(JSON.stringify(input)))
    throw new TributaryError(
      'misuse',
      `The input of resumeRun("${id}") contains the value of a secret, which would be stored with the run: pass the secret's name, and read the secret in the resumed run.`,
    );
  const context = currentContext();
  if (!context) return (await import('../../report/resume-from-script.ts')).resumeFromScript(parsed.data, input);
  heedStop(context);
  if (!context.port.pauses)
    throw new TributaryError(
      'unreachable',
      `resumeRun("${id}") needs a server, but this flow runs without one. Start one with \`npx tributary dev\`.`,
    );
  return context.port.pauses.resume(parsed.data, input);
}
