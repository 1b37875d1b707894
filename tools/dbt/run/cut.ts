/** The largest artifact in bytes. A flow's result has the same limit. */
export const mostBytes = 64 * 1024;

/** @returns the start of a text, cut to at most `most` bytes of UTF-8; a character is never split */
export function cutBytes(text: string, most: number = mostBytes): string {
  return text.slice(0, new TextEncoder().encodeInto(text, new Uint8Array(most)).read);
}
