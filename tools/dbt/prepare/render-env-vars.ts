/** One `{{ env_var('NAME') }}` or `{{ env_var('NAME', 'default') }}`, the only Jinja that profiles usually have. */
const envVar =
  /\{\{-?\s*env_var\(\s*(?:'([^']+)'|"([^"]+)")\s*(?:,\s*(?:'([^']*)'|"([^"]*)"))?\s*\)\s*(?:\|\s*(?:as_text|as_native|as_number|string|int|trim)\s*)?-?\}\}/g;

/**
 * Renders the `env_var()` of a profile's value.
 * @returns null if the text has other Jinja, or a variable that is unset and has no default (dbt itself reports such a variable)
 */
export function renderEnvVars(text: string, env: Readonly<Record<string, string>>): string | null {
  let missing = false;
  const rendered = text.replaceAll(envVar, (_match, single?: string, double?: string, singleDefault?: string, doubleDefault?: string) => {
    const value = env[single ?? double ?? ''] ?? singleDefault ?? doubleDefault;
    if (value === undefined) missing = true;
    return value ?? '';
  });
  return missing || /\{\{|\{%/.test(rendered) ? null : rendered;
}

/** The names of the variables that a project's file reads with `env_var()`. */
export function namedEnvVars(text: string): string[] {
  return [...text.matchAll(/env_var\(\s*(?:'([^']+)'|"([^"]+)")/g)].flatMap(([, single, double]) => single ?? double ?? []);
}
