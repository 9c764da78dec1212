import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SearchRules } from '../../../src/search/grammar/rules.js'
import * as attributes from '../../../src/search/grammar/attributes.js'
import { checkComparators, parseFilter } from '../../../src/search/grammar/filter.js'
import { parseOrderBy } from '../../../src/search/grammar/order-by.js'
import { comparisonsOf, PARSE_GOLDEN, refusalOf, withoutSets } from './texts.js'

interface Query {
  readonly id: string
  readonly filter: string
  readonly order_by: readonly string[]
  readonly expect: {
    readonly status?: number
    readonly message?: string
    readonly message_prefix?: string
  }
}

const RULES: Readonly<Record<string, SearchRules>> = {
  run: attributes.RUN_RULES,
  experiment: attributes.EXPERIMENT_RULES,
  model: attributes.MODEL_RULES,
  version: attributes.VERSION_RULES,
  trace: attributes.TRACE_RULES,
  logged: attributes.LOGGED_MODEL_RULES,
}
const SERVER = new URL('../../fixtures/search-golden.json', import.meta.url)
const server = JSON.parse(readFileSync(SERVER, 'utf8')) as Record<string, readonly Query[]>

describe('parseFilter against the library', () => {
  it.each(PARSE_GOLDEN.filters)('$rules: $filter', ({ rules, filter, ok, err }) => {
    const read = () => parseFilter(filter, RULES[rules]!)
    if (ok !== undefined) expect(comparisonsOf(read())).toEqual(ok)
    else {
      const { message } = refusalOf(read)
      if (err !== null && err !== undefined) expect(withoutSets(message)).toBe(withoutSets(err))
    }
  })
})

describe.each(['run', 'experiment', 'model', 'version'])('%s queries of the server', (kind) => {
  const queries = server[`${kind}_queries`]!.filter(
    ({ expect: { message = '' } }) => !/max_results|page token/.test(message),
  )

  it.each(queries)('$id: $filter $order_by', ({ filter, order_by, expect: expected }) => {
    const rules = RULES[kind]!
    const read = () => {
      const parsed = parseFilter(filter.replace(/\$\{\w+:\w+\}/g, '1'), rules)
      parseOrderBy(order_by, rules)
      checkComparators(parsed, rules)
    }
    if (expected.status === undefined) expect(read).not.toThrow()
    else {
      const { message = expected.message_prefix! } = expected
      expect(withoutSets(refusalOf(read).message)).toContain(withoutSets(message))
    }
  })
})

describe('parseFilter', () => {
  const { RUN_RULES, EXPERIMENT_RULES, VERSION_RULES, TRACE_RULES } = attributes

  it('takes no filter for everything', () => {
    for (const none of [null, undefined, ''])
      expect(parseFilter(none, RUN_RULES)).toEqual({ kind: 'and', items: [] })
  })

  it('refuses what is no text', () => {
    refusalOf(() => parseFilter(5 as unknown as string, RUN_RULES))
  })

  it('gives infinity for numbers past the range of doubles, and digits of other scripts their value', () => {
    expect(comparisonsOf(parseFilter('metrics.a > 1e400 metrics.b = ١٢', RUN_RULES))).toEqual([
      ['metric', 'a', '>', 'inf'],
      ['metric', 'b', '=', '12.0'],
    ])
  })

  it.each([
    ['metrics.acc > 0.5 OR tags.x = 1', 'OR'],
    ["foo.x = 'y'", 'foo.x'],
    ["tags.a = 'b' AND metrics.acc > 'a'", "'a'"],
    ["tags.a = 'b' AND end_time IS NULL", 'end_time IS NULL'],
    ["tags.a = 'b'; tags.c = 'd'", "tags.c = 'd'"],
    ['  ', '  '],
  ])('says where %j is wrong', (filter, place) => {
    const { at } = refusalOf(() => parseFilter(filter, RUN_RULES))
    expect(at).toMatchObject({ text: 'filter', index: 0 })
    expect(filter.slice(at!.start, at!.end)).toBe(place)
  })

  it('says where a comparator is wrong', () => {
    const filter = "metrics.acc > 1 AND tags.x ~ 'y'"
    const { at } = refusalOf(() => checkComparators(parseFilter(filter, RUN_RULES), RUN_RULES))
    expect(filter.slice(at!.start, at!.end)).toBe("tags.x ~ 'y'")
  })

  it.each([
    [RUN_RULES, "tags.x NOT LIKE 'y'"],
    [RUN_RULES, "run_id = ('a')"],
    [RUN_RULES, 'start_time ~ 5'],
    [EXPERIMENT_RULES, "name like 'x'"],
    [EXPERIMENT_RULES, "experiment_id = 'x'"],
    [EXPERIMENT_RULES, "experiment_id > '1'"],
    [VERSION_RULES, "version_number LIKE '1'"],
    [TRACE_RULES, 'status IS NULL'],
    [TRACE_RULES, "issue.id != 'x'"],
    [TRACE_RULES, "prompt = 'x'"],
  ])('reads and then refuses the comparator: %# %s', (rules, filter) => {
    const parsed = parseFilter(filter, rules)
    refusalOf(() => checkComparators(parsed, rules))
  })

  it.each([
    [EXPERIMENT_RULES, 'creation_time > 5.'],
    [VERSION_RULES, 'version_number = 1.5'],
    [VERSION_RULES, 'tags.x IS NULL'],
    [TRACE_RULES, "span.name like 'x'"],
    [TRACE_RULES, "feedback.q > 'x'"],
  ])('refuses at once: %# %s', (rules, filter) => {
    refusalOf(() => parseFilter(filter, rules))
  })

  it('knows an experiment by its number', () => {
    const filter = parseFilter("experiment_id IN ('007', ' 1_0 ')", EXPERIMENT_RULES)
    expect(comparisonsOf(filter)).toEqual([['attribute', 'experiment_id', 'IN', ['7', '10']]])
  })

  it('quotes at most a part of a very long filter', () => {
    const { message } = refusalOf(() => parseFilter('('.repeat(1_000_000), RUN_RULES))
    expect(message.length).toBeLessThan(11_000)
  })
})

const PIECES = [
  ...['metrics.acc', 'params.`a b`', 'tags', '.', 'status', 'start_time', 'run_id', 'timestamp'],
  ...[
    '=',
    '!=',
    '>',
    'LIKE',
    'IN',
    'NOT',
    'IS',
    'NULL',
    'AND',
    'OR',
    'as',
    'desc',
    'WHERE',
    'CASE',
  ],
  ...["'x'", '"', "'", '`', '5', '-', '.5', '(', ')', '[', ']', ',', ';', '::', ':=', '->', '$a$'],
  ...['/*', '*/', '-- ', '\n', ' ', '\0', '\ud800', '日', '😀', 'mean(metrics.a, 3)', 'first('],
]

describe('any text', () => {
  const soup = fc.string({ unit: fc.constantFrom(...PIECES, ' ', ' '), maxLength: 30 })

  it.each(Object.keys(RULES))('is read or refused with a place: %s', (kind) => {
    const rules = RULES[kind]!
    fc.assert(
      fc.property(soup, fc.constantFrom('mlflow' as const, 'extended' as const), (text, syntax) => {
        for (const read of [
          () => checkComparators(parseFilter(text, rules, syntax), rules),
          () => void parseOrderBy([text], rules),
        ])
          try {
            read()
          } catch {
            const { at } = refusalOf(read)
            expect(at!.start >= 0 && at!.start <= at!.end && at!.end <= text.length).toBe(true)
          }
      }),
    )
  })

  it.each([
    "'",
    '"',
    '`',
    '(',
    '[',
    '.',
    '\0',
    '\ud800',
    '$',
    '$$',
    '/*',
    'a=',
    'NOT (',
    'a,',
    '\n',
  ])('of 100,000 characters of %j is refused or read', (unit) => {
    const text = unit.repeat(100_000 / unit.length)
    for (const syntax of ['mlflow', 'extended'] as const)
      refusalOf(() => parseFilter(`metrics.a > 1 ) ${text}`, attributes.RUN_RULES, syntax))
  })
})
