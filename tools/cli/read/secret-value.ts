import type { Call } from '../command/call.ts';
import type { CommandProcess } from '../command/command-process.ts';
import { misuse } from '../command/refusal.ts';
import { readStandardInput } from './standard-input.ts';

/** Reads a secret's value from standard input, without the line break that editors and `echo` add. A terminal doesn't show what is typed. */
export async function readSecretValue(call: Call, name: string): Promise<string> {
  const typed = call.process.stdin.isTTY === true;
  const value = typed ? await typeUnseen(call.process, `Value of secret ${name} (not shown): `) : await readStandardInput(call);
  const trimmed = value.replace(/\r?\n$/, '');
  if (trimmed === '')
    throw misuse(
      `Standard input was empty. Give the secret's value on standard input: printf %s "$VALUE" | npx tributary secret set ${name}`,
    );
  return trimmed;
}

/** Reads a line from the terminal without showing it. */
function typeUnseen({ stdin, stderr }: CommandProcess, question: string): Promise<string> {
  stderr.write(question);
  stdin.setRawMode?.(true);
  stdin.setEncoding('utf8');
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = (settle: () => void): void => {
      stdin.off('data', take);
      stdin.setRawMode?.(false);
      stdin.pause();
      stderr.write('\n');
      settle();
    };
    const take = (chunk: string): void => {
      for (const key of chunk) {
        if (key === '\r' || key === '\n' || key === '\u0004') return end(() => resolve(typed));
        if (key === '\u0003') return end(() => reject(misuse('Interrupted: the secret was not set.')));
        typed = key === '\u007f' || key === '\b' ? typed.slice(0, -1) : typed + key;
      }
    };
    stdin.on('data', take);
    stdin.resume();
  });
}
