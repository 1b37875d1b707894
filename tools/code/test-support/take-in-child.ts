import { openStore } from '../store.ts';

/** Takes code in a process of its own, and keeps it: `node take-in-child.ts <dir> <repository> <commit> <directories…>`, the token on standard input. */
const [dir = '', repository = '', commit = '', ...directories] = process.argv.slice(2);
let token = '';
for await (const chunk of process.stdin.setEncoding('utf8')) token += String(chunk);
const held = await openStore({ dir, env: process.env, patience: 0 }).take(
  { repository, commit, directories },
  { token, tell: (line) => console.log(line) },
);
console.log(`held ${held.root}`);
setInterval(() => undefined, 60_000);
