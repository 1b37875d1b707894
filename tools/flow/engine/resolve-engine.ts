import { resolve } from 'node:path';

import { TributaryError } from '@tributary/contract/error';

import { apiUrl } from './api-url.ts';
import type { Credential, Environment } from './credential.ts';
import { findEmbedded } from './embedded.ts';
import { findRoot, homeOf, seekRoot } from './find-root.ts';
import { probe } from './probe.ts';
import { readWorkspaceSettings } from './workspace-setting.ts';

/** The server that is used by commands, workers and scripts. */
export interface Engine {
  /** the API's base URL, without a slash at its end */
  readonly url: string;
  /** `embedded`: the server of this workspace; `tributary`: a Tributary server that a URL names; `prefect`: a Prefect 3 server or Cloud */
  readonly kind: 'embedded' | 'tributary' | 'prefect';
  /** the value of the Authorization header; never print it */
  readonly authorization?: string;
  readonly credential: Credential | null;
  /** what the server announces beyond Prefect's protocol */
  readonly features: string[];
  /** a sentence that a command prints first */
  readonly note?: string;
}

/** The facts by which {@link resolveEngine} chooses a server. */
export interface EngineQuestion {
  /** whether the command only reads, or also writes */
  readonly access: 'read' | 'write';
  /**
   * a folder of the workspace
   * @default the working directory of the process
   */
  readonly cwd?: string;
  /** @default the environment of the process */
  readonly env?: Environment;
  /** `prefect`: the user means PREFECT_API_URL; `embedded`: the server of this workspace, whatever the environment says */
  readonly engine?: 'prefect' | 'embedded' | undefined;
  /** a URL that the user typed; it wins over everything else */
  readonly url?: string | undefined;
}

/**
 * Chooses the server for a command: the given URL, then TRIBUTARY_API_URL, then PREFECT_API_URL, then the embedded server of the
 * workspace. PREFECT_API_URL may name a production server, so a command writes there only when the user or nx.json confirms it.
 * @throws `unreachable` when no server answers, `unauthorized`, `bad_answer` when the server isn't a Tributary or Prefect API, `misuse` for
 * an invalid URL, and for a write to a PREFECT_API_URL that isn't confirmed
 */
export async function resolveEngine(question: EngineQuestion): Promise<Engine> {
  const env = question.env ?? process.env;
  const cwd = resolve(question.cwd ?? process.cwd());
  const { TRIBUTARY_API_URL: ours, PREFECT_API_URL: prefects } = env;
  if (question.url) return named(question.url, 'the URL given', env);
  if (question.engine === 'embedded') return embedded(cwd, env);
  if (question.engine === 'prefect' && !prefects && !ours)
    throw new TributaryError('misuse', 'The engine "prefect" needs a URL: set PREFECT_API_URL (or TRIBUTARY_API_URL).');
  if (ours && !(question.engine === 'prefect' && prefects)) return named(ours, 'TRIBUTARY_API_URL', env);
  if (!prefects) return embedded(cwd, env);

  const root = seekRoot(cwd);
  const meant = question.engine ?? (root ? (await readWorkspaceSettings(root)).engine : undefined);
  if (meant === 'embedded') return embedded(cwd, env);
  if (meant === 'prefect') return named(prefects, 'PREFECT_API_URL', env);
  if (question.access === 'write') throw await unconfirmed(prefects, cwd, env);
  const engine = await named(prefects, 'PREFECT_API_URL', env);
  const notes = [`Reading from ${engine.url}, which PREFECT_API_URL names.`, ...(engine.note ? [engine.note] : [])];
  return { ...engine, note: notes.join(' ') };
}

async function named(text: string, origin: string, env: Environment, health?: { readonly boot: string }): Promise<Engine> {
  const url = apiUrl(text, origin);
  const { authorization, ...found } = await probe(url, origin, env, health);
  return {
    url,
    kind: found.kind,
    credential: found.credential,
    features: [...found.features],
    ...(authorization ? { authorization } : {}),
    ...(found.note ? { note: found.note } : {}),
  };
}

async function embedded(cwd: string, env: Environment): Promise<Engine> {
  const home = homeFrom(cwd, env);
  const found = await findEmbedded(home);
  if (found) return { ...(await named(found.url, `the server file in ${home}`, env, found)), kind: 'embedded' };
  throw new TributaryError(
    'unreachable',
    `No Tributary server is running for ${home}. Start one with \`npx tributary dev\` (server and worker) or \`npx tributary server start\`, or set TRIBUTARY_API_URL.`,
  );
}

function homeFrom(cwd: string, env: Environment): string {
  if (env['TRIBUTARY_HOME']) return homeOf(seekRoot(cwd) ?? cwd, env);
  return homeOf(findRoot(cwd), env);
}

async function unconfirmed(prefects: string, cwd: string, env: Environment): Promise<TributaryError> {
  const root = seekRoot(cwd);
  const running = root ? await findEmbedded(homeOf(root, env)) : undefined;
  return new TributaryError(
    'misuse',
    `PREFECT_API_URL is set (${apiUrl(prefects, 'PREFECT_API_URL')}), and this command would write there. If that is intended, add --engine prefect or put "tributary": {"engine": "prefect"} into nx.json; ` +
      (running
        ? `to use the server of this workspace, set TRIBUTARY_API_URL=${running.url}.`
        : 'to use the server of this workspace, unset PREFECT_API_URL or put "tributary": {"engine": "embedded"} into nx.json.'),
  );
}
