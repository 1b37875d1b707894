import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_, text) => text;

/** Colours text for a terminal. Text stays plain elsewhere, and with NO_COLOR. */
export function paintFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  if (!stream.isTTY || env['NO_COLOR'] || env['TERM'] === 'dumb') return plain;
  return (style, text) => styleText(style, text, { validateStream: false });
}
