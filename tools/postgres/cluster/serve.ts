// `node serve.ts <postgres> <data> <uid> <gid> <setting>…` runs Postgres until standard input closes. Standard input is a pipe from the process
// that started this one, and closes when that process ends in any way. Ids are empty for a process that doesn't run as root.
import { spawn } from 'node:child_process';

const [program = '', data = '', uid = '', gid = '', ...settings] = process.argv.slice(2);
const postgres = spawn(program, ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
  ...(uid ? { uid: Number(uid), gid: Number(gid) } : {}),
  cwd: data,
  env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
  stdio: ['ignore', 'inherit', 'inherit'],
});
postgres.once('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
postgres.once('exit', (code) => process.exit(code ?? 1));
// SIGINT asks Postgres for a fast shutdown, which ends sessions and loses nothing.
const end = () => void postgres.kill('SIGINT');
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);
process.stdin.on('end', end).resume();
