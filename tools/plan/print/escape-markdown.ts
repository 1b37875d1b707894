import { oneLine } from './one-line.ts';

/** Escapes a text so that Markdown shows it as it is, also in a table. An @ mentions nobody on GitHub. */
export function escapeMarkdown(text: string): string {
  return escape(text).replaceAll('@', '<span>@</span>');
}

/** Prints a text as code that no character of the text can end. */
export function markdownCode(text: string): string {
  return `<code>${escape(text)}</code>`;
}

// In place of a symbol, an entity never begins markup: neither HTML, nor emphasis, links, code, maths or a new cell of a table.
function escape(text: string): string {
  return oneLine(text).replace(/[\\`*_~[\]<>|&$]/g, (symbol) => `&#${symbol.codePointAt(0)};`);
}
