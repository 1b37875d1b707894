import { maximumPage } from '../nouns/filter.ts';

/** Reads a whole list, page by page. */
export async function allPages<Item>(
  read: (page: { limit: number; offset: number }) => Promise<{ readonly data: readonly Item[] }>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (;;) {
    const { data } = await read({ limit: maximumPage, offset: items.length });
    items.push(...data);
    if (data.length < maximumPage) return items;
  }
}

/** Reads a whole list whose pages are counted. Unlike {@link allPages}, it makes no further request after a last page that is full. */
export async function numberedPages<Item>(
  read: (page: {
    limit: number;
    page: number;
  }) => Promise<{ readonly data: { readonly results: readonly Item[]; readonly pages: number } }>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let page = 1; ; page += 1) {
    const { data } = await read({ limit: maximumPage, page });
    items.push(...data.results);
    if (page >= data.pages) return items;
  }
}

/** Splits a list into pieces of at most {@link maximumPage} items, the most that a filter takes. */
export function pieces<Item>(items: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / maximumPage) }, (_, index) =>
    items.slice(index * maximumPage, (index + 1) * maximumPage),
  );
}
