import { TributaryError } from '@tributary/contract/error';

/**
 * Decides where a redirected request goes. Only another path on the same host is followed, because that is what a renamed repository looks
 * like. The token never goes to another host.
 * @param repository the URL as it was written
 * @param url the URL that answered with a redirect
 * @param location where the answer redirects to
 * @returns the repository's new URL
 * @throws `bad_answer` if the redirect leads elsewhere
 */
export function followRename(repository: string, url: string, location: string | undefined): string {
  const target = location === undefined ? null : URL.parse(location, url);
  const path = target && /^(.*)\/info\/refs$/.exec(target.pathname)?.[1];
  const renamed = target && path ? `${target.origin}${path}` : undefined;
  if (target?.origin === new URL(repository).origin && renamed && renamed !== repository && url === repository) return renamed;
  const where = target ? `${target.origin}${target.pathname.replace(/\/info\/refs$/, '')}` : 'nowhere';
  throw new TributaryError(
    'bad_answer',
    target && target.origin !== new URL(repository).origin
      ? `${repository} redirects to another host, ${where}. The token isn't sent there. If you trust that host, write its URL where the old one stands: in nx.json, the pull step or the flow.`
      : `${repository} redirects to ${where}, where it isn't. Check the URL.`,
  );
}
