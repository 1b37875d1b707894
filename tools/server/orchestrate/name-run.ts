const adjectives = [
  'amber',
  'brave',
  'calm',
  'clever',
  'crisp',
  'eager',
  'fair',
  'gentle',
  'golden',
  'happy',
  'honest',
  'keen',
  'kind',
  'lively',
];
const more = [
  'lucky',
  'mellow',
  'merry',
  'nimble',
  'patient',
  'proud',
  'quick',
  'quiet',
  'silver',
  'steady',
  'sunny',
  'swift',
  'warm',
  'wise',
];
const animals = [
  'badger',
  'beaver',
  'crane',
  'deer',
  'dolphin',
  'eagle',
  'falcon',
  'ferret',
  'finch',
  'fox',
  'gecko',
  'heron',
  'ibis',
  'jackal',
];
const others = [
  'koala',
  'lark',
  'lynx',
  'marten',
  'mole',
  'newt',
  'otter',
  'owl',
  'panda',
  'raven',
  'seal',
  'stork',
  'swan',
  'tortoise',
  'wren',
];

const pick = (words: readonly string[]): string => words[Math.floor(Math.random() * words.length)] ?? 'run';

/** A name for a run that was given none, easy to say and to tell apart: `quick-otter`. */
export function nameRun(): string {
  return `${pick([...adjectives, ...more])}-${pick([...animals, ...others])}`;
}
