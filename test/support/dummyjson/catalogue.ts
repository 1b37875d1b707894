type Words = readonly [string, ...string[]];

/** The properties of a category's products. If it has no brands, its products have no `brand`, as in the real API. */
export interface Category {
  readonly name: string;
  readonly count: number;
  readonly things: Words;
  readonly brands: Words | null;
  readonly tags: Words;
  /** in dollars */
  readonly prices: readonly [number, number];
}

const category = (
  name: string,
  count: number,
  prices: readonly [number, number],
  tags: Words,
  brands: Words | null,
  things: Words,
): Category => ({
  name,
  count,
  prices,
  tags,
  brands,
  things,
});

/** 194 products in 24 categories, 92 of them without a brand. All names are invented. */
export const catalogue: readonly Category[] = [
  category(
    'beauty',
    5,
    [5, 25],
    ['beauty', 'make-up'],
    ['Solvine', 'Petal & Pine'],
    ['Mascara', 'Eyeshadow Palette', 'Lip Tint', 'Nail Varnish', 'Pressed Powder'],
  ),
  category('fragrances', 5, [40, 140], ['fragrances', 'perfumes'], ['Aurelle', 'Maison Ondine'], ['Eau de Parfum', 'Cologne', 'Body Mist']),
  category(
    'furniture',
    5,
    [80, 1900],
    ['furniture', 'interior'],
    ['Oakmere', 'Nordhus'],
    ['Bed', 'Sofa', 'Bedside Table', 'Lounge Chair', 'Wash Stand'],
  ),
  category('groceries', 27, [0.5, 20], ['groceries', 'food'], null, [
    'Apples',
    'Rice',
    'Honey',
    'Coffee',
    'Olive Oil',
    'Potatoes',
    'Eggs',
    'Milk',
    'Lemons',
    'Tea',
  ]),
  category('home-decoration', 5, [10, 50], ['decoration', 'interior'], null, [
    'Picture Frame',
    'Swing Chair',
    'Table Lamp',
    'Plant Pot',
    'Showpiece',
  ]),
  category('kitchen-accessories', 30, [2, 95], ['kitchen', 'utensils'], null, [
    'Whisk',
    'Chopping Board',
    'Frying Pan',
    'Kettle',
    'Grater',
    'Ladle',
    'Sieve',
    'Peeler',
    'Rolling Pin',
    'Knife',
  ]),
  category(
    'laptops',
    5,
    [900, 2000],
    ['laptops', 'computers'],
    ['Vantor', 'Helix Labs'],
    ['Notebook 14', 'Notebook 16', 'Ultrabook', 'Workstation', 'Convertible'],
  ),
  category(
    'mens-shirts',
    5,
    [20, 35],
    ['clothing', 'mens shirts'],
    ['Harrow Lane', 'Tidewear'],
    ['Check Shirt', 'Plain Shirt', 'Striped Shirt', 'Linen Shirt'],
  ),
  category(
    'mens-shoes',
    5,
    [60, 150],
    ['footwear', 'mens shoes'],
    ['Strider', 'Cobbler & Son'],
    ['Trainers', 'Brogues', 'Baseball Boots', 'Loafers'],
  ),
  category(
    'mens-watches',
    6,
    [60, 14000],
    ['watches', 'mens watches'],
    ['Meridian', 'Kestrel'],
    ['Chronograph', 'Diver', 'Dress Watch', 'Field Watch'],
  ),
  category(
    'mobile-accessories',
    14,
    [10, 550],
    ['electronics', 'mobile accessories'],
    ['Vantor', 'Beamly'],
    ['Power Bank', 'Earphones', 'Charger', 'Phone Stand', 'Case', 'Smart Speaker'],
  ),
  category('motorcycle', 5, [4000, 15000], ['motorcycles'], ['Raventa', 'Dune Motors'], ['Scooter', 'Sport Bike', 'Tourer', 'Trail Bike']),
  category('skin-care', 3, [8, 15], ['skin care'], ['Solvine', 'Clearwell'], ['Body Wash', 'Hand Cream', 'Face Lotion']),
  category(
    'smartphones',
    16,
    [100, 1100],
    ['electronics', 'smartphones'],
    ['Vantor', 'Helix Labs', 'Onda'],
    ['One', 'One Plus', 'Mini', 'Max', 'Note', 'Fold', 'Air'],
  ),
  category('sports-accessories', 17, [5, 150], ['sports', 'equipment'], null, [
    'Football',
    'Cricket Bat',
    'Tennis Racket',
    'Golf Ball',
    'Basketball',
    'Shuttlecock',
    'Helmet',
  ]),
  category('sunglasses', 5, [10, 35], ['eyewear', 'sunglasses'], ['Shoreline'], ['Aviators', 'Round Glasses', 'Sport Glasses']),
  category('tablets', 3, [300, 800], ['electronics', 'tablets'], ['Onda', 'Vantor'], ['Tab 8', 'Tab 11', 'Tab Pro']),
  category('tops', 5, [15, 60], ['clothing', 'tops'], null, ['Blouse', 'Tank Top', 'Short Frock', 'Tunic']),
  category('vehicle', 5, [19000, 37000], ['vehicles', 'cars'], ['Raventa', 'Calder'], ['Saloon', 'Estate', 'Hatchback', 'Pick-up']),
  category('womens-bags', 5, [30, 200], ['fashion', 'womens bags'], ['Lune', 'Petal & Pine'], ['Handbag', 'Clutch', 'Backpack', 'Tote']),
  category('womens-dresses', 5, [80, 150], ['clothing', 'womens dresses'], null, [
    'Evening Gown',
    'Summer Dress',
    'Pleated Dress',
    'Wrap Dress',
  ]),
  category('womens-jewellery', 3, [15, 40], ['jewellery'], null, ['Earrings', 'Bracelet', 'Pendant']),
  category(
    'womens-shoes',
    5,
    [25, 160],
    ['footwear', 'womens shoes'],
    ['Strider', 'Lune'],
    ['Sandals', 'Slippers', 'Heels', 'Ankle Boots'],
  ),
  category(
    'womens-watches',
    5,
    [100, 11000],
    ['watches', 'womens watches'],
    ['Meridian', 'Lune'],
    ['Bracelet Watch', 'Moonphase', 'Dress Watch'],
  ),
];
