import { TributaryError } from '@tributary/contract/error';
import { readJson } from '@tributary/contract/json';

/** @returns the environment variable that holds a secret if there is no server: `TRIBUTARY_SECRET_API_KEY` for `api-key` */
export function secretEnvironmentName(name: string): string {
  return `TRIBUTARY_SECRET_${inCapitals(name)}`;
}

/** @returns the environment variable that holds a variable if there is no server: `TRIBUTARY_VARIABLE_PAGE_SIZE` for `page_size` */
export function variableEnvironmentName(name: string): string {
  return `TRIBUTARY_VARIABLE_${inCapitals(name)}`;
}

/** Reads JSON. @returns the text itself if it isn't JSON */
export function readVariableText(text: string): unknown {
  try {
    return readJson(text);
  } catch {
    return text;
  }
}

function inCapitals(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}

export function missingSecret(name: string, served: boolean): TributaryError {
  const remedy = served
    ? `Store it with: npx tributary secret set ${name}`
    : `This flow runs without a server: set ${secretEnvironmentName(name)} in its environment.`;
  return new TributaryError('not_found', `There is no secret "${name}". ${remedy}`);
}

export function missingVariable(name: string, served: boolean): TributaryError {
  const remedy = served
    ? `Store it with: npx tributary variable set ${name} VALUE`
    : `This flow runs without a server: set ${variableEnvironmentName(name)} in its environment.`;
  return new TributaryError('not_found', `There is no variable "${name}", and the call has no default. ${remedy}`);
}
