import { currentContext } from '../run/context.ts';
import { missingSecret, secretEnvironmentName } from '../run/local/stored-values.ts';
import { hideSecret } from '../run/secret-mask.ts';

/**
 * Reads a secret. From then on its value is masked in the run's log lines, messages, artifacts and results.
 * Without a server it is read from the environment: `TRIBUTARY_SECRET_API_KEY` for `api-key`.
 * @param name the name under which the secret is stored
 * @throws `not_found` when there is no such secret; the message says how to store it
 * @example
 * const key = await secret('shop-api-key');
 */
export async function secret(name: string): Promise<string> {
  const port = currentContext()?.port;
  const value = port ? await port.readSecret(name) : process.env[secretEnvironmentName(name)];
  if (value === undefined) throw missingSecret(name, port?.served ?? false);
  hideSecret(value);
  return value;
}
