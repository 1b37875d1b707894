import { currentContext } from '../run/context.ts';
import { missingSecret, secretEnvironmentName } from '../run/local/stored-values.ts';
import { hideSecret } from '../run/secret-mask.ts';

/**
 * Reads a secret by name. From then on its value is masked in the run's log lines and messages.
 * Without a server it comes from the environment: `TRIBUTARY_SECRET_API_KEY` for `api-key`.
 * @throws `not_found` with what to do
 */
export async function secret(name: string): Promise<string> {
  const port = currentContext()?.port;
  const value = port ? await port.readSecret(name) : process.env[secretEnvironmentName(name)];
  if (value === undefined) throw missingSecret(name, port?.served ?? false);
  hideSecret(value);
  return value;
}
