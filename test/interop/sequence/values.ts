import { chance, pick, several, TEXTS, type Random } from '../../helpers/random-runs.js'
import { Bare, type Value } from './call.js'

const KEYS = ['acc', 'loss', 'lr', 'val/loss', 'm space', 'k:colon', 'a.b', 'été', '日本', 'Acc']
const BAD_KEYS = [
  ...['a@b', 'a#', 'a,b', 'a%20', 'a\tb', 'x€', '/abs', 'a/', 'a//b', './a', '../a', 'a/../b', '.'],
  ...['..', '...', 'a..', ' lead', 'trail ', '-', '9', '.hidden', 'a|b', '"q"', "o'k", 'x\u00a0y'],
]
const LONG_KEYS = [
  'k'.repeat(249),
  'k'.repeat(250),
  'k'.repeat(251),
  'é'.repeat(250),
  '日'.repeat(251),
]
const LENGTHS = [499, 500, 501, 5_999, 6_000, 6_001, 7_999, 8_000, 8_001, 20_000, 20_001]

/** A key of a metric, param or tag; `bad` is the share of those that may be refused. */
export function someKey(random: Random, bad = 0.08): string {
  if (chance(random, bad)) return pick(random, chance(random, 0.7) ? BAD_KEYS : LONG_KEYS)
  return pick(random, KEYS)
}

/** A text of a param or tag, now and then one about as long as a limit. */
export function someText(random: Random): string {
  if (chance(random, 0.04)) return pick(random, ['x', 'é', '😀']).repeat(pick(random, LENGTHS))
  return pick(random, TEXTS)
}

/** `{key, value}` pairs, now and then with a key twice. */
export function somePairs(random: Random, below = 4, bad = 0.03): Value[] {
  return several(random, below, () => {
    const key = someKey(random, bad)
    return chance(random, 0.06) ? { key } : { key, value: someText(random) }
  })
}

/** The first pair of each key. */
export function distinct(pairs: readonly Value[]): Value[] {
  const key = (pair: Value): unknown => (pair as { key: string }).key
  return pairs.filter((pair, at) => pairs.findIndex((one) => key(one) === key(pair)) === at)
}

/** A metric's value as JSON may hold it. */
export function someNumber(random: Random): Value {
  if (chance(random, 0.06)) return pick(random, ['NaN', 'Infinity', '-Infinity', 'inf'])
  if (chance(random, 0.06)) return pick(random, ['1.5', '-2', '1e3', ' 7 ', '+1', '.5'])
  return pick(random, [0, -0, 1, -1, 0.5, 0.25, 1e-7, 3, 1e308, 5e-324, 2 ** 53, 0.1 + 0.2, 7.25])
}

/** A step: small, negative or at an end of the 64 bits; text or number. */
export function someStep(random: Random): Value {
  if (chance(random, 0.75)) return Math.floor(random() * 6)
  return pick(random, [
    '3',
    -1,
    2 ** 40,
    9_223_372_036_854_775_807n,
    -(2n ** 63n),
    '-7',
    '9007199254740993',
  ])
}

/** A time of a point. */
export function someTime(random: Random): Value {
  if (chance(random, 0.04)) return pick(random, [-1, '-5'])
  if (chance(random, 0.05)) return pick(random, [0, '1700000000001', 9_007_199_254_740_993n])
  return 1_700_000_000_000 + Math.floor(random() * 6)
}

/** A page's size: small, absent, or one that is refused. */
export function somePageSize(random: Random, most: number): Value | undefined {
  if (chance(random, 0.15)) return pick(random, [0, -1, most, most + 1, '2', 2 ** 31])
  return pick(random, [undefined, 1, 2, 3, 10])
}

/** A page's token: mostly none, else a real one, else one that cannot be read. */
export function someToken(random: Random): string | undefined {
  if (chance(random, 0.8)) return undefined
  if (chance(random, 0.5)) return btoa(`{"offset": ${pick(random, [1, 2, 3, 50])}}`)
  const texts = [
    '{"offset": "x"}',
    '{"offset": -1}',
    '{}',
    'not json',
    '[1]',
    '{"offset": 0}',
    '"x"',
  ]
  return chance(random, 0.6)
    ? btoa(pick(random, texts))
    : pick(random, ['a', '%%%', 'abc', 'é', ''])
}

/** A value that is no string, for a field that wants one. */
export function notText(random: Random): Value {
  return pick<Value>(random, [
    5,
    0,
    -1.5,
    true,
    false,
    ['a'],
    [],
    {},
    { a: 1 },
    [1, 'x'],
    'x'.length,
  ])
}

/** A bare token of Python's JSON. */
export function bareNumber(random: Random): Bare {
  return new Bare(pick(random, ['NaN', 'Infinity', '-Infinity']))
}
