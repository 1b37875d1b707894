import type { Call } from '../command/call.ts';
import { misuse } from '../command/refusal.ts';
import type { PolicyOptions } from './read-policy.ts';

/** Refuses options that need an engine, for a plan that asks none. @throws `misuse` with what to do instead */
export function refuseEngine({ url, engine }: Pick<Call, 'url' | 'engine'>, options: PolicyOptions & { readonly out?: string }): void {
  const { out, all, takeOver, allowOlder, reset, storage } = options;
  if (out !== undefined)
    throw misuse(
      "Leave out --out: a plan with --against can't be deployed. To keep it, write it with `--json > FILE` or `--markdown > FILE`.",
    );
  if (storage !== undefined)
    throw misuse('Give --storage or --against, not both: a plan against a commit compares the code, wherever it is stored.');
  const given = { '--url': url, '--engine': engine, '--all': all, '--take-over': takeOver, '--allow-older': allowOlder, '--reset': reset };
  for (const [option, value] of Object.entries(given))
    if (value !== undefined) throw misuse(`Give ${option} or --against, not both: --against asks no engine.`);
}
