import type { Product } from './products.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const defaultLimit = 30;

/** Answers `GET <path>?<query>`. */
export function answer(url: URL, products: readonly Product[]): Answer {
  if (url.pathname !== '/products') return { status: 404, body: { message: `Route ${url.pathname} not found` } };
  const limit = number(url, 'limit', defaultLimit);
  const skip = number(url, 'skip', 0);
  for (const [name, value] of Object.entries({ limit, skip })) {
    if (Number.isNaN(value)) return { status: 400, body: { message: `Invalid '${name}' - must be a number` } };
  }
  const page = products.slice(skip, limit === 0 ? undefined : skip + limit);
  const fields = url.searchParams.get('select')?.split(',').filter(Boolean);
  const shown = fields ? page.map((product) => only(product, ['id', ...fields])) : page;
  return { status: 200, body: { products: shown, total: products.length, skip, limit: shown.length } };
}

function number(url: URL, name: string, byDefault: number): number {
  const text = url.searchParams.get(name);
  if (text === null || text === '') return byDefault;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

function only(product: Product, fields: readonly string[]): object {
  return Object.fromEntries(Object.entries(product).filter(([name]) => fields.includes(name)));
}
