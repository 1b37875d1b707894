import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { type Browser, chromium, type Page } from 'playwright-core';
import { z } from 'zod';

import { repository } from '../workspace.ts';

/** The path of Chromium or Chrome; undefined if neither is installed. */
export const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));

const screenshots = join(repository, '.tributary', 'screenshots');

/** A browser that shows a server's pages. Requests to other hosts are blocked. */
export interface Visit {
  readonly page: Page;
  /**
   * Opens a page, or a tab of the open page. Waits until the texts are visible, and saves a screenshot under the name.
   * @param where the path of a page, or the label of a tab
   * @returns the texts that aren't visible
   */
  missing(
    name: string,
    where: { readonly path: string } | { readonly tab: string },
    texts: readonly (string | RegExp)[],
  ): Promise<(string | RegExp)[]>;
  keep(name: string): Promise<void>;
  /** how many pixels of the page's graph are green, the colour of completed runs */
  greenOfGraph(): Promise<number>;
  /** the pages' errors so far: failed requests to the API, and exceptions */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** A function that runs in the page, where pictures can be decoded: counts the pixels that are much more green than red or blue. */
const countGreen = `async (png) => {
  const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + png)).blob());
  const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  let green = 0;
  for (let at = 0; at < data.length; at += 4) if (data[at + 1] > data[at] + 60 && data[at + 1] > data[at + 2] + 60) green += 1;
  return green;
}`;

/** Starts a browser. @param base the server's address, without a slash at the end */
export async function visit(base: string): Promise<Visit> {
  const browser: Browser = await chromium.launch({
    executablePath: browserPath ?? '',
    // Chromium's sandbox needs a user other than root.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 }, locale: 'en-US', timezoneId: 'UTC' });
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  // Tests must not depend on what the pages fetch from other hosts.
  await page.route(
    (url) => url.origin !== base && url.protocol.startsWith('http'),
    (route) => route.abort(),
  );
  page.on('response', (answer) => {
    if (answer.status() >= 400 && answer.url().startsWith(`${base}/api/`))
      complaints.push(`${answer.status()} ${answer.request().method()} ${answer.url()} ${answer.request().postData() ?? ''}`);
  });
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
  mkdirSync(screenshots, { recursive: true });

  const keep = async (name: string): Promise<void> => void (await page.screenshot({ path: join(screenshots, `${name}.png`) }));
  return {
    page,
    complaints,
    keep,
    async missing(name, where, texts) {
      if ('path' in where) await page.goto(`${base}${where.path}`);
      else await page.getByRole('tab', { name: where.tab, exact: true }).click();
      const looks = texts.map((text) => page.getByText(text).filter({ visible: true }).first().waitFor());
      const seen = await Promise.allSettled(looks);
      await keep(name);
      return texts.filter((_, at) => seen[at]?.status === 'rejected');
    },
    async greenOfGraph() {
      const picture = await page.locator('canvas').first().screenshot();
      return z.int().parse(await page.evaluate(`(${countGreen})('${picture.toString('base64')}')`));
    },
    close: () => browser.close(),
  };
}
