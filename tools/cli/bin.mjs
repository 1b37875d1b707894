#!/usr/bin/env node
// Runs main.ts: in this process if its Node runs TypeScript, otherwise in a new process with a newer Node. Plain JavaScript for any Node
// from 20 on.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const needed = 24;
const here = realpathSync(fileURLToPath(import.meta.url));

if (majorOf(process.versions.node) >= needed) {
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE ?? join(home(), 'compile-cache'));
  const { resolveQuickly } = await import('@tributary/plan/resolve');
  resolveQuickly();
  const args = process.argv.slice(2);
  const [noun, verb] = args.filter((word) => !word.startsWith('-'));
  if (noun === 'server' && verb === 'start') {
    const { stayLean } = await import('./stay-lean.mjs');
    await stayLean(here, args);
  }
  const { main } = await import('./main.ts');
  await main(args);
} else {
  const node = findNode();
  if (node) handOver(node);
  else {
    process.stderr.write(
      `Tributary needs Node ${needed} or newer, but this is Node ${process.versions.node}. Run "npm run setup" in the repository to install a newer one, or install Node ${needed} yourself.\n`,
    );
    process.exitCode = 1;
  }
}

function majorOf(version) {
  return Number(version.replace(/^v/, '').split('.')[0]);
}

/** Finds the home folder: `.tributary` beside nx.json, or the folder in TRIBUTARY_HOME. */
function home() {
  const root = upwards(process.cwd()).find((folder) => existsSync(join(folder, 'nx.json')));
  return resolve(root ?? dirname(dirname(dirname(here))), process.env.TRIBUTARY_HOME || '.tributary');
}

function upwards(folder) {
  return dirname(folder) === folder ? [folder] : [folder, ...upwards(dirname(folder))];
}

/** Finds the Node that `npm ci` installed, in the folders above this file and above the working folder. */
function findNode() {
  return [...upwards(dirname(here)), ...upwards(process.cwd())]
    .flatMap((folder) => [join(folder, 'node_modules', 'node', 'bin', 'node'), join(folder, 'node_modules', '.bin', 'node')])
    .find((file) => existsSync(file) && majorOf(spawnSync(file, ['-v'], { encoding: 'utf8' }).stdout ?? '') >= needed);
}

function handOver(node) {
  const child = spawn(node, [here, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`${node} didn't start: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 15)));
}
