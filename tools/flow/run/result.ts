import { writeJson } from '@tributary/contract/json';

import { whyNotReported } from './json-value.ts';
import { holdsSecret } from './secret-mask.ts';

/** The most bytes of a flow's result that its state keeps. */
const maximumResultBytes = 65_536;

/** What a COMPLETED state keeps of a flow's result, and why it keeps nothing. */
export function keepResult(value: unknown): { readonly data?: { readonly value: unknown }; readonly leftOut?: string } {
  if (value === undefined) return {};
  const reason = whyNotReported(value);
  if (reason) return { leftOut: `The flow's result is no JSON (${reason}), so its state does not keep it.` };
  const text = writeJson(value);
  const bytes = Buffer.byteLength(text);
  if (bytes > maximumResultBytes)
    return {
      leftOut: `The flow's result takes ${bytes.toLocaleString('en')} bytes as JSON, and a state keeps at most ${maximumResultBytes.toLocaleString('en')}, so it is left out. Write large results to a file in dataDir, and return its name.`,
    };
  if (holdsSecret(text)) return { leftOut: "The flow's result contains a secret, so its state does not keep it." };
  return { data: { value } };
}
