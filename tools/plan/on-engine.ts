import { shellWord } from '@tributary/contract/shell-word';

/** Which engine the user chose: see `resolveEngine`. */
export interface EngineOptions {
  readonly engine?: 'prefect' | 'embedded';
  readonly url?: string;
}

/**
 * Writes a command that a finding names, for the engine that the user chose: `npx tributary deployment adopt load/shop --url http://…`.
 * @param words the command, as a shell reads it
 */
export function onEngine(words: string, { engine, url }: EngineOptions): string {
  // Only targets of Nx take `--engine embedded`.
  const chosen = [...(engine === 'prefect' ? ['--engine prefect'] : []), ...(url === undefined ? [] : [`--url ${shellWord(url)}`])];
  return ['npx tributary', words, ...chosen].join(' ');
}
