/** Prints the title of a step. */
export function heading(text: string): void {
  console.log(`\n${process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text}`);
}

/** Prints lines below a title. */
export function say(text: string): void {
  console.log(text.replaceAll(/^(?=.)/gm, '  '));
}
