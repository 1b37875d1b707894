import type { Category } from './catalogue.ts';
import { catalogue } from './catalogue.ts';
import type { Random } from './random.ts';
import { createRandom } from './random.ts';

const adjectives = [
  'Amber',
  'Classic',
  'Coral',
  'Crisp',
  'Everyday',
  'Fern',
  'Golden',
  'Harbour',
  'Ivory',
  'Juniper',
  'Lively',
  'Midnight',
  'Northern',
  'Plain',
  'Silver',
  'Velvet',
  'Willow',
] as const;
const warranties = [
  'No warranty',
  '1 week warranty',
  '1 month warranty',
  '6 months warranty',
  '1 year warranty',
  '3 year warranty',
  'Lifetime warranty',
] as const;
const shippings = ['Ships overnight', 'Ships in 1-2 business days', 'Ships in 1 week', 'Ships in 2 weeks', 'Ships in 1 month'] as const;
const policies = [
  'No return policy',
  '7 days return policy',
  '30 days return policy',
  '60 days return policy',
  '90 days return policy',
] as const;
const firstNames = ['Ada', 'Bruno', 'Chidi', 'Dagny', 'Elif', 'Farah', 'Goran', 'Hana'] as const;
const lastNames = ['Abara', 'Brandt', 'Castell', 'Dvorak', 'Ekberg', 'Fontaine', 'Grimaldi', 'Holt'] as const;
const comments = [
  'Just what I needed.',
  'Would buy it again.',
  'It is all right.',
  'Broke in a week.',
  'Came later than promised.',
  'My favourite!',
] as const;
const host = 'https://cdn.example.com';
const cent = 0.01;

/** A product in DummyJSON's shape. */
export type Product = ReturnType<typeof createProduct>;

/** All 194 products by category, with ids 1 to 194. */
export function createProducts(seed = 20_261_121): Product[] {
  const random = createRandom(seed);
  const titles = new Set<string>();
  return catalogue
    .flatMap((category) => Array.from({ length: category.count }, () => category))
    .map((category, index) => createProduct(index + 1, category, newTitle(category, titles, random), random));
}

function createProduct(id: number, category: Category, title: string, random: Random) {
  const stock = random.next() < 0.03 ? 0 : random.integer(1, 100);
  const brand = category.brands && random.pick(category.brands);
  const slug = title.toLowerCase().replaceAll(' ', '-');
  const folder = `${host}/products/${category.name}/${slug}`;
  const date = new Date(Date.UTC(2025, 3, 30, 9, 41, 2, random.integer(0, 999))).toISOString();
  const [low, high] = category.prices;
  return {
    id,
    title,
    description: `${title}: one of ${category.count} products in ${category.name.replaceAll('-', ' ')}, invented for tests.`,
    category: category.name,
    price: Number((random.integer(Math.ceil(low), Math.floor(high)) - cent).toFixed(2)),
    discountPercentage: random.decimal(0, 20, 2),
    rating: random.decimal(2.5, 5, 2),
    stock,
    tags: [...category.tags],
    ...(brand ? { brand } : {}),
    sku: `${code(category.name)}-${code(brand ?? category.name)}-${code(title)}-${String(id).padStart(3, '0')}`,
    weight: random.integer(1, 10),
    dimensions: { width: random.decimal(5, 30, 2), height: random.decimal(5, 30, 2), depth: random.decimal(5, 30, 2) },
    warrantyInformation: random.pick(warranties),
    shippingInformation: random.pick(shippings),
    availabilityStatus: stock === 0 ? 'Out of Stock' : stock < 8 ? 'Low Stock' : 'In Stock',
    reviews: Array.from({ length: 3 }, () => createReview(date, random)),
    returnPolicy: random.pick(policies),
    minimumOrderQuantity: random.integer(1, 50),
    meta: { createdAt: date, updatedAt: date, barcode: String(random.integer(1e12, 9e12)), qrCode: `${host}/qr-code.png` },
    images: Array.from({ length: random.integer(1, 4) }, (_, index) => `${folder}/${index + 1}.webp`),
    thumbnail: `${folder}/thumbnail.webp`,
  };
}

function createReview(date: string, random: Random) {
  const first = random.pick(firstNames);
  const last = random.pick(lastNames);
  return {
    rating: random.integer(1, 5),
    comment: random.pick(comments),
    date,
    reviewerName: `${first} ${last}`,
    reviewerEmail: `${first}.${last}@x.example.com`.toLowerCase(),
  };
}

function newTitle(category: Category, taken: Set<string>, random: Random): string {
  for (;;) {
    const title = `${random.pick(adjectives)} ${random.pick(category.things)}`;
    if (taken.has(title)) continue;
    taken.add(title);
    return title;
  }
}

function code(text: string): string {
  return text
    .replaceAll(/[^a-z]/gi, '')
    .slice(0, 3)
    .toUpperCase();
}
