const ADJECTIVES =
  words(`able agile amber ample apt avid azure bold brave bright brisk calm candid chief civil clean clear clever
  cobalt cool coral cosmic crisp cubic curious daring deep deft dense dreamy eager early easy elder exact fair fancy fast fine
  firm first fleet fluent fond free fresh frosty full gentle giddy glad golden good grand great green handy happy hardy hazel
  hearty honest humble ideal indigo ivory jade jolly jovial keen kind large late light lilac lively loyal lucid lucky lunar
  magic mellow merry mild mint misty modest neat nimble noble novel olive open patient pearly placid plucky polite prime proud
  pure quick quiet rapid rare ready regal robust rosy royal ruby rustic sage sandy serene sharp shiny silent silver sincere
  smart smooth snowy solar solid sound spry stable steady still stout sunny super swift tall tame teal tender tidy true upbeat
  vast velvet vital vivid warm wise witty young zesty`)

const NOUNS =
  words(`acorn alder anchor arch aspen aster badger balsam basin bay beacon bear beaver birch bison bloom breeze bridge
  brook canyon cedar cliff clover cloud comet condor coral cove crane creek crest cricket crow dale deer delta dingo dove dune
  eagle ember falcon fern field finch fjord flame forest fox garden gecko geyser glade glen goose grove gull harbor hare
  hawk hazel heath heron hill ibis iris island ivy jay kelp kestrel kite lagoon lake lark laurel leaf lemur lily linden lion
  lotus lynx maple marsh marten meadow mesa mink moon moor moss moth newt oak oasis ocean orca orchid osprey otter owl palm
  panda peak pearl pebble petal pine plain plover pond poplar prairie puffin quail quartz raven reef ridge river robin rook
  rose sable sail salmon seal sedge shark shore shrew skylark sparrow spruce star stoat stone stork storm summit swan tern
  thistle thrush tide tiger trail trout tulip valley vale viper vole walrus wave willow wolf wren yak yew zebra`)

const LONGEST = 20
const TRIES = 10

/** A made-up run name such as `calm-otter-512`, at most 20 characters, out of `randomBytes`. */
export function makeRunName(randomBytes: (n: number) => Uint8Array): string {
  let name = ''
  for (let attempt = 0; attempt < TRIES; attempt++) {
    name = oneName(randomBytes(6))
    if (name.length <= LONGEST) return name
  }
  return name.slice(0, LONGEST)
}

function oneName(bytes: Uint8Array): string {
  const number = (at: number): number => (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)
  const adjective = ADJECTIVES[number(0) % ADJECTIVES.length]
  const noun = NOUNS[number(2) % NOUNS.length]
  return `${adjective}-${noun}-${number(4) % 1000}`
}

function words(text: string): readonly string[] {
  return text.split(/\s+/)
}
