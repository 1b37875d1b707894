import { namedEnvVars } from './render.ts';

const always = ['PATH', 'HOME', 'TZ', 'LANG', 'LC_ALL', 'TMPDIR', 'SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE'];

/**
 * dbt's whole environment: what every program needs, the variables that the project's own files name with `env_var()`,
 * and what the flow gives. Any other `DBT_…` would override flags, so it stays out.
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
