import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonToSpanValue, spanValueToJson } from '../../../src/entities/span-json.js'
import type { SpanValue } from '../../../src/entities/trace.js'

const { value: spanValue } = fc.letrec<{ value: SpanValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(fc.string({ unit: 'binary' }), fc.boolean(), fc.constant(null)),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.double(),
    fc.array(tie('value')),
    fc.dictionary(fc.string(), tie('value'), { noNullPrototype: true }),
  ),
}))

describe("an attribute's value", () => {
  it('comes back from its JSON as it was, integers apart from doubles', () => {
    fc.assert(
      fc.property(spanValue, (value) => {
        expect(jsonToSpanValue(spanValueToJson(value))).toStrictEqual(value)
      }),
    )
  })

  it.each<[string, SpanValue]>([
    ['1', 1n],
    ['1.0', 1],
    ['1e2', 100],
    ['9223372036854775807', 2n ** 63n - 1n],
    ['-9223372036854775808', -(2n ** 63n)],
    ['9223372036854775808', 2 ** 63],
    [' [NaN, -Infinity] ', [NaN, -Infinity]],
    ['{"a": 1, "a": 2}', { a: 2n }],
    ['"[1, \\"2\\"]"', '[1, "2"]'],
  ])('%s is read exactly', (text, expected) => {
    expect(jsonToSpanValue(text)).toStrictEqual(expected)
  })

  it.each(['', '{', '01', '1.', '-NaN', '{1: 2}', '"\n"', '[1] 2', 'nulls', '\u00a01'])(
    'is none in %j',
    (text) => {
      expect(jsonToSpanValue(text)).toBeUndefined()
    },
  )

  it('nests 100 levels deep and no deeper, whatever its length', () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
    expect(jsonToSpanValue(nested(101))).toBeDefined()
    expect(jsonToSpanValue(nested(102))).toBeUndefined()
    expect(jsonToSpanValue('['.repeat(1_000_000))).toBeUndefined()
  })
})
