/** What git needs from a process's environment: where programs, certificates and proxies are. */
const passed = [
  'PATH',
  'TMPDIR',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  'http_proxy',
  'https_proxy',
  'HTTPS_PROXY',
  'all_proxy',
  'ALL_PROXY',
  'no_proxy',
  'NO_PROXY',
];

export interface GitRemote {
  /** the repository's URL */
  readonly url: string;
  /** an access token, for this URL alone */
  readonly token: string | undefined;
  /** a transfer that stays slower than 1 kB/s for so many seconds is given up */
  readonly stallSeconds: number;
  /** further settings of git by their names */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * The whole environment of a git that fetches. No configuration and no password of the machine or the user counts, nobody is asked for a
 * password, and neither hooks nor filters nor other protocols than http and https are used. The token stands here alone: other users of the
 * machine don't see a process's environment, and git doesn't write it down.
 */
export function gitEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  { url, token, stallSeconds, settings = {} }: GitRemote,
): Record<string, string> {
  const all: Readonly<Record<string, string>> = {
    'core.hooksPath': '/dev/null',
    'core.fsmonitor': 'false',
    'core.symlinks': 'true',
    'core.autocrlf': 'false',
    'credential.helper': '',
    'fetch.fsckObjects': 'false',
    'fetch.recurseSubmodules': 'false',
    'fetch.writeCommitGraph': 'false',
    'gc.auto': '0',
    // git would send the token to the host that it is redirected to.
    'http.followRedirects': 'false',
    'http.lowSpeedLimit': '1000',
    'http.lowSpeedTime': String(stallSeconds),
    'maintenance.auto': 'false',
    'protocol.version': '2',
    'remote.origin.url': url,
    ...settings,
    ...(token === undefined ? {} : { [`http.${url}.extraHeader`]: `Authorization: Basic ${basic(url, token)}` }),
  };
  return {
    ...Object.fromEntries(passed.flatMap((name): [string, string][] => (env[name] === undefined ? [] : [[name, env[name]]]))),
    // In the user's home, curl finds passwords in .netrc, and git finds attributes that change files.
    HOME: '/dev/null',
    LC_ALL: 'C',
    GIT_ALLOW_PROTOCOL: 'http:https',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    // A path such as ":(top)" is a file's name, and nothing else.
    GIT_LITERAL_PATHSPECS: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_COUNT: String(Object.keys(all).length),
    ...Object.fromEntries(
      Object.entries(all).flatMap(([key, value], at) => [
        [`GIT_CONFIG_KEY_${at}`, key],
        [`GIT_CONFIG_VALUE_${at}`, value],
      ]),
    ),
  };
}

/** GitHub and GitLab take any user name beside a token, Bitbucket takes one. A token may also be `user:password`. */
function basic(url: string, token: string): string {
  const user = /(^|\.)bitbucket\./.test(new URL(url).hostname) ? 'x-token-auth' : 'x-access-token';
  const bytes = new TextEncoder().encode(token.includes(':') ? token : `${user}:${token}`);
  return btoa(String.fromCodePoint(...bytes));
}

/** Makes a function that hides a token in a text, however it is written. A server may send back what it was sent. */
export function hideToken(url: string, token: string | undefined): (text: string) => string {
  if (!token) return (text) => text;
  const password = token.slice(token.indexOf(':') + 1);
  const spellings = [token, password].flatMap((text) => [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1)]);
  const base64 = basic(url, token).replace(/=+$/, '');
  const urlSafe = base64.replaceAll('+', '-').replaceAll('/', '_');
  // A longer form comes first: a shorter one may be a part of it.
  const forms = [...spellings, `${base64}==`, `${base64}=`, base64, urlSafe]
    .filter(Boolean)
    .toSorted((one, other) => other.length - one.length);
  return (text) => forms.reduce((masked, form) => masked.replaceAll(form, '***'), text);
}
