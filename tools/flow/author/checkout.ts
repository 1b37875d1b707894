import { issuesOf, TributaryError } from '@tributary/contract/error';
import { nameOfCheckout } from '@tributary/contract/nouns/checkout';
import { checkRef, checkRepository } from '@tributary/contract/repository';
import { secretName } from '@tributary/contract/secret-name';

import { heedStop, unlessStopped } from '../run/heed-stop.ts';
import { contextOrLocal } from '../run/local/local-run.ts';
import { writeLog } from '../run/log.ts';
import { checkOptions } from './options/check-options.ts';

export interface CheckoutOptions {
  /** the repository's URL, beginning with https://. With http://, anybody on the way can read the token and change the files */
  readonly repository: string;
  /** a branch, a tag, or a whole commit @default the repository's default branch */
  readonly ref?: string | undefined;
  /** the name of the secret that holds an access token @default none: everybody may read the repository */
  readonly token?: string | undefined;
}

/** The files of a repository at one commit. */
export interface Checkout {
  /** the folder with the repository's files. It may be written, and it is removed when the run's process has ended */
  readonly dir: string;
  /** the whole commit */
  readonly commit: string;
  readonly repository: string;
  /** the branch, tag or commit that was asked for; `HEAD` for the default branch */
  readonly ref: string;
}

const known = { repository: true, ref: true, token: true } as const satisfies Record<keyof CheckoutOptions, true>;

/**
 * Gets the files of another team's repository. The worker fetches them, so the access token never enters this process. All attempts of a run
 * get the same commit, although the branch may move between them. Each call gets a folder of its own.
 * Without a server, git clones into a temporary folder, with the token of `TRIBUTARY_SECRET_SHOP_TOKEN` for `shop-token`.
 * @throws `misuse` for a URL, a ref or a name that can't be used; `not_found`, `unauthorized`, `unreachable` and others if the files can't be
 * fetched. A server that is away or busy has been tried for two minutes by then: give the calling task retries to try for longer.
 * @example
 * const shop = await checkout({ repository: 'https://github.com/acme/shop', ref: 'main', token: 'shop-token' });
 * await dbt({ projectDir: shop.dir }).build();
 */
export async function checkout(options: CheckoutOptions): Promise<Checkout> {
  checkOptions('checkout()', options, known);
  // A worker ignores a message with a number, and the run would wait for its answer.
  const repository = checkRepository(String(options.repository));
  const ref = checkRef(String(options.ref ?? 'HEAD'));
  const token = options.token == null ? null : checkSecretName(String(options.token));
  const context = contextOrLocal('checkout');
  heedStop(context);
  const { dir, commit } = await unlessStopped(context.port.checkOut({ repository, ref, token }, context.run.signal), context);
  writeLog(context, 'info', `Checked out ${nameOfCheckout({ repository, ref, commit })}.`);
  return { dir, commit, repository, ref };
}

function checkSecretName(name: string): string {
  const checked = secretName.safeParse(name);
  if (checked.success) return checked.data;
  throw new TributaryError(
    'misuse',
    `The option "token" of checkout() ${issuesOf(checked.error)[0]?.message}. Store the token with npx tributary secret set shop-token, and write token: 'shop-token'.`,
  );
}
