import { writeJson } from '@tributary/contract/json';

import { whyNotReported } from './json-value.ts';
import { holdsSecret } from './secret-mask.ts';

/** The largest result that a state holds, in bytes. */
const maximumResultBytes = 65_536;

/** @returns the `data` of a COMPLETED state for a flow's result, or the reason why the result is left out */
export function keepResult(value: unknown): { readonly data?: { readonly value: unknown }; readonly leftOut?: string } {
  if (value === undefined) return {};
  const reason = whyNotReported(value);
  if (reason) return { leftOut: `The flow's result isn't JSON (${reason}), so the result isn't stored in the run's state.` };
  const text = writeJson(value);
  const bytes = Buffer.byteLength(text);
  if (bytes > maximumResultBytes)
    return {
      leftOut: `The flow's result takes ${bytes.toLocaleString('en')} bytes as JSON, and a state holds at most ${maximumResultBytes.toLocaleString('en')}, so the result isn't stored in the run's state. Write a large result to a file in dataDir, and return the file's name.`,
    };
  if (holdsSecret(text)) return { leftOut: "The flow's result contains a secret, so the result isn't stored in the run's state." };
  return { data: { value } };
}
