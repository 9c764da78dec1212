import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Filter } from '../../../src/search/grammar/ast.js'
import { EXPERIMENT_RULES, RUN_RULES } from '../../../src/search/grammar/attributes.js'
import { checkComparators, parseFilter } from '../../../src/search/grammar/filter.js'
import { PARSE_GOLDEN, refusalOf, withoutPlaces } from './texts.js'

function read(text: string): unknown {
  const filter = parseFilter(text, RUN_RULES, 'extended')
  checkComparators(filter, RUN_RULES)
  return withoutPlaces(filter)
}

function comparison(entity: string, key: string, comparator: string, value: unknown): unknown {
  return { kind: 'comparison', entity, key, comparator, value }
}

const A = comparison('metric', 'a', '>', 1)
const B = comparison('param', 'b', '=', 'x')
const C = comparison('tag', 'c', 'IS NULL', null)

describe('the extended grammar', () => {
  it.each<[string, unknown]>([
    ["metrics.a > 1 OR params.b = 'x'", { kind: 'or', items: [A, B] }],
    [
      "metrics.a > 1 or params.b = 'x' AND tags.c IS NULL",
      { kind: 'or', items: [A, { kind: 'and', items: [B, C] }] },
    ],
    [
      "(metrics.a > 1 OR params.b = 'x') tags.c is null",
      { kind: 'and', items: [{ kind: 'or', items: [A, B] }, C] },
    ],
    ['NOT metrics.a > 1', { kind: 'not', item: A }],
    [
      "NOT(metrics.a > 1)AND(params.b = 'x')",
      { kind: 'and', items: [{ kind: 'not', item: A }, B] },
    ],
    ['((metrics.a > 1))', A],
    ['metrics.a IN (1, 2.5)', comparison('metric', 'a', 'IN', [1, 2.5])],
    ['created NOT IN (5,)', comparison('attribute', 'start_time', 'NOT IN', [5])],
    ['params.b in (\'x\', "y")', comparison('param', 'b', 'IN', ['x', 'y'])],
    ["tags.c not  in ('x')", comparison('tag', 'c', 'NOT IN', ['x'])],
    ["status IN ('FAILED')", comparison('attribute', 'status', 'IN', ['FAILED'])],
    [
      "tags.c NOT  ILIKE 'x%'",
      {
        kind: 'and',
        items: [
          comparison('tag', 'c', 'LIKE', '%'),
          { kind: 'not', item: comparison('tag', 'c', 'ILIKE', 'x%') },
        ],
      },
    ],
    [
      'mean(metrics.`val/loss`, 5) < 0.1',
      {
        kind: 'comparison',
        entity: 'metric',
        key: 'val/loss',
        comparator: '<',
        value: 0.1,
        of: { name: 'mean', points: 5 },
      },
    ],
    [
      'COUNT(metrics.a) IN (1, 2)',
      {
        kind: 'comparison',
        entity: 'metric',
        key: 'a',
        comparator: 'IN',
        value: [1, 2],
        of: { name: 'count', points: null },
      },
    ],
    [
      "params.in = 'x' OR metrics.a > 1",
      { kind: 'or', items: [comparison('param', 'in', '=', 'x'), A] },
    ],
  ])('reads %s', (text, expected) => {
    expect(read(text)).toEqual(expected)
  })

  it.each([
    ['metrics.a > 1 OR', ''],
    ['OR metrics.a > 1', 'OR'],
    ['(metrics.a > 1', ''],
    ['metrics.a > 1)', ')'],
    ['()', ')'],
    ['NOT', ''],
    ['median(metrics.a) > 1', 'median'],
    ['min(params.b) = 1', 'min'],
    ['mean(metrics.a, 0) > 1', '0'],
    ['mean(metrics.a, 1.5) > 1', '1.5'],
    ["metrics.a IN (1, 'x')", "'x'"],
    ['metrics.a IN ()', '()'],
    ['params.b IN (1)', '(1)'],
    ['params.b IN (x', ''],
    ["params.b BETWEEN 'a' AND 'b'", 'BETWEEN'],
    ['metrics.a > 1 OR metrics.b > metrics.c', 'metrics.c'],
    ["metrics.a > 1 OR tags.x == 'y'", "tags.x == 'y'"],
    ["metrics.a NOT LIKE 'x' OR tags.c IS NULL", "'x'"],
    ['metrics.a > 1 -- why', '-- why'],
  ])('refuses %s', (text, place) => {
    const { at } = refusalOf(() => read(text))
    expect(text.slice(at!.start, at!.end)).toBe(place)
  })

  it('bounds the depth', () => {
    const nested = (depth: number) => '('.repeat(depth) + 'metrics.a > 1' + ')'.repeat(depth)
    expect(read(nested(200))).toEqual(A)
    expect(refusalOf(() => read(nested(201))).message).toContain('nested deeper than 200 levels')
    refusalOf(() => read('NOT '.repeat(50_000) + 'metrics.a > 1'))
  })

  it('asks for functions of runs alone, and for lists of whole numbers where MLflow has those', () => {
    refusalOf(() => parseFilter('min(metrics.a) > 1', EXPERIMENT_RULES, 'extended'))
    refusalOf(() => parseFilter('creation_time IN (1.5)', EXPERIMENT_RULES, 'extended'))
    const filter = parseFilter(
      "name like 'x' OR experiment_id IN ('007')",
      EXPERIMENT_RULES,
      'extended',
    )
    expect(withoutPlaces(filter)).toEqual({
      kind: 'or',
      items: [
        comparison('attribute', 'name', 'LIKE', 'x'),
        comparison('attribute', 'experiment_id', 'IN', ['7']),
      ],
    })
  })

  it('means the same as MLflow wherever MLflow takes a filter', () => {
    let taken = 0
    for (const { rules, filter, ok } of PARSE_GOLDEN.filters) {
      if (rules !== 'run' || ok === undefined) continue
      const plain = parseFilter(filter, RUN_RULES)
      try {
        checkComparators(plain, RUN_RULES)
      } catch {
        continue
      }
      expect(parseFilter(filter, RUN_RULES, 'extended')).toEqual(plain)
      taken++
    }
    expect(taken).toBeGreaterThan(80)
  })
})

/** The text of a filter, with parentheses wherever they may be needed. */
function textOf(filter: Filter): string {
  if (filter.kind === 'not') return `NOT (${textOf(filter.item)})`
  if (filter.kind !== 'comparison')
    return filter.items
      .map((item) => `(${textOf(item)})`)
      .join(filter.kind === 'or' ? ' OR ' : ' AND ')
  const { entity, key, of, comparator, value } = filter
  const path = entity === 'attribute' ? key : `${entity}.\`${key}\``
  const points = of?.points === null ? '' : `, ${of?.points}`
  const left = of === undefined ? path : `${of.name}(${path}${points})`
  if (value === null) return `${left} ${comparator}`
  const right = Array.isArray(value)
    ? `(${(value as readonly unknown[]).map((one) => JSON.stringify(one)).join(', ')})`
    : JSON.stringify(value)
  return `${left} ${comparator} ${right}`
}

const at = { start: 0, end: 0 }
const key = fc.string({ unit: fc.constantFrom(...'ab/ .-:日'), minLength: 1, maxLength: 6 })
const text = fc.string({ unit: fc.constantFrom(..."ab'%_ 日😀"), maxLength: 6 })
const number = fc.oneof(
  fc.integer({ min: -1e6, max: 1e6 }),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((x) => Math.round(x * 8) / 8 + 0),
)
const points = fc.option(fc.integer({ min: 1, max: 1000 }))
const series = fc.record({
  name: fc.constantFrom('first', 'last', 'min', 'max', 'mean', 'count'),
  points,
})
const leaf = fc
  .oneof(
    fc.record({
      entity: fc.constant('metric'),
      key,
      comparator: fc.constantFrom('=', '!=', '>', '>=', '<', '<='),
      value: number,
    }),
    fc.record({
      entity: fc.constant('metric'),
      key,
      of: series,
      comparator: fc.constantFrom('IN', 'NOT IN'),
      value: fc.array(number, { minLength: 1, maxLength: 4 }),
    }),
    fc.record({
      entity: fc.constantFrom('param', 'tag'),
      key,
      comparator: fc.constantFrom('=', '!=', 'LIKE', 'ILIKE'),
      value: text,
    }),
    fc.record({
      entity: fc.constantFrom('param', 'tag'),
      key,
      comparator: fc.constantFrom('IN', 'NOT IN'),
      value: fc.array(text, { minLength: 1, maxLength: 4 }),
    }),
    fc.record({
      entity: fc.constantFrom('param', 'tag'),
      key,
      comparator: fc.constantFrom('IS NULL', 'IS NOT NULL'),
      value: fc.constant(null),
    }),
  )
  .map((fields) => ({ kind: 'comparison', at, ...fields }))
const { filter: tree } = fc.letrec((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.record({ kind: fc.constant('not'), item: tie('filter') }),
    fc.record({
      kind: fc.constantFrom('and', 'or'),
      items: fc.array(tie('filter'), { minLength: 2, maxLength: 3 }),
    }),
  ),
}))

describe('the text of a filter', () => {
  it('reads as that filter', () => {
    fc.assert(
      fc.property(tree, (random) => {
        const filter = random as Filter
        const parsed = read(textOf(filter))
        // MLflow's own grammar gives a conjunction of one for a comparison alone.
        const single = filter.kind === 'comparison' && (parsed as Filter).kind === 'and'
        expect(parsed).toEqual(withoutPlaces(single ? { kind: 'and', items: [filter] } : filter))
      }),
    )
  })
})
