import { describe, expect, it } from 'vitest'
import type { OrderTerm } from '../../../src/search/grammar/ast.js'
import { RUN_RULES, TRACE_RULES } from '../../../src/search/grammar/attributes.js'
import { parseFilter } from '../../../src/search/grammar/filter.js'
import { compareByOrder, compileFilter, type Read } from '../../../src/search/predicate.js'

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
  return compileFilter(parsed)(({ entity, key }) => THING[`${entity}.${key}`] ?? null)
}

describe('a filter', () => {
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
    expect(compileFilter(parseFilter('metrics.acc != 1', RUN_RULES))(() => 'x')).toBe(false)
    expect(compileFilter(parseFilter("tags.x != '1'", RUN_RULES))(() => 2)).toBe(false)
  })

  it('takes regular expressions, which find something anywhere in a text', () => {
    const meets = compileFilter(parseFilter("tags.x RLIKE '^a.*[0-9]$'", TRACE_RULES))
    expect(['abc1', 'bc1', 'a', null].map((value) => meets(() => value))).toEqual([
      true,
      false,
      false,
      false,
    ])
    const bad = parseFilter("tags.x RLIKE '(?=a)'", TRACE_RULES)
    expect(() => compileFilter(bad)).toThrow(/cannot be used/)
  })
})

describe('an order', () => {
  const sorted = (values: readonly Read[], ascending: boolean): Read[] => {
    const term: OrderTerm = { entity: 'metric', key: 'x', ascending }
    return [...values].sort(compareByOrder([term], (value: Read) => value))
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

  it('looks at further terms where one is equal, and says 0 where all are', () => {
    const terms: OrderTerm[] = [
      { entity: 'tag', key: 'a', ascending: true },
      { entity: 'tag', key: 'b', ascending: false },
    ]
    const read = (item: string, { key }: OrderTerm) => (key === 'a' ? item[0]! : item[1]!)
    const order = compareByOrder(terms, read)
    expect(['x1', 'y0', 'x2'].sort(order)).toEqual(['x2', 'x1', 'y0'])
    expect(order('x2', 'x2 ')).toBe(0)
  })
})
