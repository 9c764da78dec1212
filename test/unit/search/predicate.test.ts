import { describe, expect, it } from 'vitest'
import type { OrderTerm } from '../../../src/search/grammar/ast.js'
import { RUN_RULES, TRACE_RULES } from '../../../src/search/grammar/attributes.js'
import { compareCodePoints } from '../../../src/search/code-points.js'
import { parseFilter } from '../../../src/search/grammar/filter.js'
import { matches, sortByOrder, type Read } from '../../../src/search/predicate.js'

type Thing = Readonly<Record<string, Read>>

const THING: Thing = {
  'metric.acc': 0.9,
  'metric.nan': NaN,
  'param.lr': '0.1',
  'tag.empty': '',
  'dataset.name': ['mnist', 'cifar'],
  'dataset.context': [],
}

function meets(filter: string): boolean {
  const parsed = parseFilter(filter, RUN_RULES, 'extended')
  return matches(parsed, ({ entity, key }) => THING[`${entity}.${key}`] ?? null)
}

describe('matches', () => {
  it.each([
    ['', true],
    ['metrics.acc > 0.5', true],
    ['metrics.acc = 0.9 AND metrics.acc < 0.9', false],
    ['metrics.none != 1', false],
    ['metrics.nan != 1', true],
    ['metrics.nan < 1', false],
    ['metrics.acc IN (1, 0.9)', true],
    ["params.lr LIKE '0._'", true],
    ["params.none != 'x'", false],
    ['params.none IS NULL', true],
    ['tags.empty IS NULL', false],
    ['tags.empty IS NOT NULL', true],
    ["dataset.name = 'cifar'", true],
    ["dataset.name != 'cifar'", true],
    ["dataset.context != 'x'", false],
    ["NOT params.none = 'x'", true],
    ["params.none NOT LIKE 'x'", false],
    ["params.lr NOT LIKE 'x'", true],
    ["params.lr = 'x' OR metrics.acc >= 0.9", true],
  ])('%s is %j', (filter, expected) => {
    expect(meets(filter)).toBe(expected)
  })

  it('lets values of another type meet nothing', () => {
    expect(matches(parseFilter('metrics.acc != 1', RUN_RULES), () => 'x')).toBe(false)
    expect(matches(parseFilter("tags.x != '1'", RUN_RULES), () => 2)).toBe(false)
  })

  it('takes regular expressions, which find something anywhere in a text', () => {
    const filter = parseFilter("tags.x RLIKE '^a.*[0-9]$'", TRACE_RULES)
    expect(['abc1', 'bc1', 'a', null].map((value) => matches(filter, () => value))).toEqual([
      true,
      false,
      false,
      false,
    ])
    const bad = parseFilter("tags.x RLIKE '(?=a)'", TRACE_RULES)
    expect(() => matches(bad, () => 'a')).toThrow(/cannot be used/)
  })
})

describe('sortByOrder', () => {
  const sorted = (values: readonly Read[], ascending: boolean): Read[] => {
    const term: OrderTerm = { entity: 'metric', key: 'x', ascending }
    const items = values.map((value, id) => ({ value, id }))
    return sortByOrder(
      items,
      [term],
      ({ value }) => value,
      (a, b) => b.id - a.id,
    ).map(({ value }) => value)
  }

  it('has NaN and what is missing last, in both directions', () => {
    expect(sorted([null, NaN, 2, -1], true)).toEqual([-1, 2, NaN, null])
    expect(sorted([null, NaN, 2, -1], false)).toEqual([2, -1, NaN, null])
  })

  it('has texts by code point, and takes the first of a list', () => {
    expect(sorted(['\u{1f600}', '\ufffd', 'a', 'Z'], true)).toEqual([
      'Z',
      'a',
      '\ufffd',
      '\u{1f600}',
    ])
    expect(sorted([['b', 'z'], 'a', []], false)).toEqual([['b', 'z'], 'a', []])
  })

  it('asks the tie where all terms are equal, and looks at further terms first', () => {
    const terms: OrderTerm[] = [
      { entity: 'tag', key: 'a', ascending: true },
      { entity: 'tag', key: 'b', ascending: false },
    ]
    const items = ['x1', 'x2', 'y0', 'x2 ']
    const read = (item: string, { key }: OrderTerm) => (key === 'a' ? item[0]! : item[1]!)
    expect(sortByOrder(items, terms, read, (a, b) => compareCodePoints(b, a))).toEqual([
      'x2 ',
      'x2',
      'x1',
      'y0',
    ])
  })
})
