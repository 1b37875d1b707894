import type { Call } from '../command/call.ts';

/** Prints a note if other commands of this shell use another server than the one that starts here. */
export function noteElsewhere({ env, out }: Pick<Call, 'env' | 'out'>, url: string): void {
  const name = ['TRIBUTARY_API_URL', 'PREFECT_API_URL'].find((variable) => env[variable]);
  const elsewhere = name && env[name]?.replace(/\/+$/, '');
  if (!name || elsewhere === url) return;
  const how = name === 'TRIBUTARY_API_URL' ? `unset the variable, or set it to ${url}` : `set TRIBUTARY_API_URL=${url}`;
  out.note(`${name} is set, so other commands use that server, not this one. To use this one, ${how}.`);
}
