import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_, text) => text;

/** Colours text for a terminal. Text for a file or a pipe stays plain. With NO_COLOR, all text is plain. FORCE_COLOR takes precedence. */
export function paintFor(stream: NodeJS.WritableStream): Paint {
  return (style, text) => styleText(style, text, { stream });
}
