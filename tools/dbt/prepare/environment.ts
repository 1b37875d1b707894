import { namedEnvVars } from './render-env-vars.ts';

const always = ['PATH', 'HOME', 'TZ', 'LANG', 'LC_ALL', 'TMPDIR', 'SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE'];

/**
 * Builds dbt's whole environment: the variables that every program needs, those that the project's files name with `env_var()`, and those
 * that the flow gives. Any other `DBT_…` is left out, because it would override flags.
 */
export function dbtEnvironment(
  from: Readonly<Record<string, string | undefined>>,
  texts: readonly string[],
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of [...always, ...texts.flatMap(namedEnvVars)]) {
    const value = from[name];
    if (value !== undefined) env[name] = value;
  }
  return { ...env, DO_NOT_TRACK: '1', PYTHONUNBUFFERED: '1', PYTHONIOENCODING: 'utf-8', ...given };
}
