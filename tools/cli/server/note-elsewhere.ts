import type { Call } from '../command/call.ts';

/** Says where other commands of this shell go, when that is not the server that starts here. */
export function noteElsewhere({ env, out }: Pick<Call, 'env' | 'out'>, url: string): void {
  const name = ['TRIBUTARY_API_URL', 'PREFECT_API_URL'].find((variable) => env[variable]);
  const elsewhere = name && env[name]?.replace(/\/+$/, '');
  if (!name || elsewhere === url) return;
  const how = name === 'TRIBUTARY_API_URL' ? `unset it, or set it to ${url}` : `set TRIBUTARY_API_URL=${url}`;
  out.note(`${name} is set: other commands go to the server that it names, not to this one. To reach this one, ${how}.`);
}
