import { StringDecoder } from 'node:string_decoder';

import { maximumLogLength } from '@tributary/contract/nouns/log';

/** Cuts a stream of bytes into lines. A line may span several chunks. A line above the maximum length of a log is cut. */
export function createLineCutter(onLine: (line: string) => void): { write(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const cut = (): void => {
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    while (rest.length > maximumLogLength) {
      onLine(rest.slice(0, maximumLogLength));
      rest = rest.slice(maximumLogLength);
    }
  };
  return {
    write(chunk) {
      rest += decoder.write(chunk);
      cut();
    },
    end() {
      rest += decoder.end();
      cut();
      if (rest) onLine(rest);
      rest = '';
    },
  };
}
