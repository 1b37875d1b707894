// Short and friendly words, because people read names aloud. They make about 9,000 names.
const adjectives = `
  able agile alert amber ample apt azure bold brave bright brisk calm candid civil clear clever coral cosy crisp curious daring deft
  eager early easy epic even exact fair famed fancy fast fearless fine fond frank free fresh gentle glad golden grand green handy happy
  hardy honest humble ideal jolly keen kind lively loyal lucid lucky mellow merry mild modest neat nifty nimble noble open patient polite
  proud quick quiet ready robust rosy round serene sharp silver simple sincere smooth snug solid spry steady stout sunny swift tidy
  trusty upbeat vivid warm wise witty zesty`;
const animals = `
  albatross alpaca antelope badger bat bear beaver bison bobcat buffalo camel capybara cat cheetah chipmunk cobra cod condor crab crane
  cricket crow deer dingo dolphin donkey dove duck eagle egret elk emu falcon ferret finch fox frog gazelle gecko gibbon giraffe goat
  goose hamster hare hawk hedgehog heron horse ibex ibis iguana impala jackal jaguar kestrel kiwi koala lark lemur leopard lion lizard
  llama lynx macaw magpie marten meerkat mole moose newt ocelot osprey otter owl panda parrot pelican penguin pika puffin puma quail
  rabbit raven robin seal sparrow stork swan tapir tortoise vole walrus wombat wren`;

const listOf = (words: string): readonly string[] => words.trim().split(/\s+/);
const [first, second] = [listOf(adjectives), listOf(animals)];
const pick = (words: readonly string[]): string => words[Math.floor(Math.random() * words.length)] ?? 'run';

/** Invents a name for a run, such as `quick-otter`. Two runs may get the same one. */
export function inventName(): string {
  return `${pick(first)}-${pick(second)}`;
}
