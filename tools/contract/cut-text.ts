/** Cuts a text to at most `length` characters. The last character of a cut text is an ellipsis. */
export function cutText(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
