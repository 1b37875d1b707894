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
  const own = new URL(repository);
  if (target?.origin === own.origin && renamed && renamed !== repository && url === repository) return renamed;
  if (!target || target.origin === own.origin)
    throw new TributaryError(
      'bad_answer',
      `${repository} redirects to ${renamed ?? target?.pathname ?? 'nowhere'}, where it isn't. Check the URL.`,
    );
  const isWeb = /^https?:$/.test(target.protocol);
  const where = isWeb ? `${target.origin}${target.pathname.replace(/\/(?:info\/refs|git-upload-pack)$/, '')}` : target.protocol;
  const other = isWeb && target.hostname === own.hostname && target.protocol !== own.protocol ? 'another protocol' : 'another host';
  throw new TributaryError(
    'bad_answer',
    `${repository} redirects to ${other}, ${where}. The token isn't sent there. ${isWeb ? 'If you trust it, write its URL where the old one stands: in nx.json, the pull step or the flow.' : 'Check the URL.'}`,
  );
}
