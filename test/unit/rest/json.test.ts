import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Double } from '../../../src/rest/answer.js'
import { printAnswer } from '../../../src/rest/json-printer.js'
import { readJson } from '../../../src/rest/json-reader.js'

describe('the reader', () => {
  it('reads what JSON.parse reads, but for integers that a double does not hold', () => {
    const spaced = fc.constantFrom(undefined, 1, '\t')
    fc.assert(
      fc.property(fc.jsonValue(), spaced, (value, space) => {
        const text = JSON.stringify(value, null, space)
        expect(shown(readJson(text))).toEqual(shown(JSON.parse(text)))
      }),
    )
  })

  it('keeps every digit of an integer', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(BigInt(readJson(` ${value}\n`) as number)).toBe(value)
        const [inside] = (readJson(`{"a":[${value},0.1]}`) as { a: [number] }).a
        expect(BigInt(inside)).toBe(value)
      }),
    )
  })

  it('takes as JSON only what JSON.parse takes', () => {
    const near = fc.string({ unit: fc.constantFrom(...'{}[]",:\\ntrue1.e-+0 \t'), maxLength: 12 })
    fc.assert(
      fc.property(near, (text) => {
        let parsed: unknown
        try {
          parsed = JSON.parse(text)
        } catch {
          parsed = undefined
        }
        expect(shown(readJson(text))).toEqual(shown(parsed))
      }),
      { numRuns: 2000 },
    )
  })

  it.each(['', '{', '[1,]', '{"a":}', '{"a" 1}', '01', '1.', '.5', '"\n"', '"\\x"', '{} {}'])(
    'finds no JSON in %j',
    (text) => {
      expect(readJson(text)).toBeUndefined()
    },
  )

  it('knows the numbers that Python writes', () => {
    expect(readJson('[NaN, Infinity, -Infinity]')).toEqual([NaN, Infinity, -Infinity])
  })

  it('gives up on what nests without end, whatever its length', () => {
    expect(readJson('['.repeat(1_000_000))).toBeUndefined()
    expect(readJson('{"a":'.repeat(1_000_000))).toBeUndefined()
  })

  it('reads what nests as deep as any request, and nothing deeper', () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}1${']'.repeat(depth)}`
    expect(JSON.stringify(readJson(nested(200)))).toBe(nested(200))
    expect(readJson(nested(201))).toBeUndefined()
    expect(readJson(`{"a":${'{"a":'.repeat(200)}1${'}'.repeat(201)}`)).toBeUndefined()
  })

  it('counts no bracket within a text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'[{\\"}]') }), (text) => {
        const json = JSON.stringify([text.repeat(300), '[{'.repeat(300), { [text]: text }])
        expect(JSON.stringify(readJson(json))).toBe(json)
      }),
    )
  })

  it('tells long integers from fractions, exponents and texts of as many digits', () => {
    const json =
      '[12345678901234567890,0.12345678901234567,1.5e10,"12345678901234567890",-90071992547409911]'
    expect(readJson(json)).toEqual([
      12345678901234567890n,
      0.12345678901234567,
      1.5e10,
      '12345678901234567890',
      -90071992547409911n,
    ])
  })

  it('makes a member of every name', () => {
    const value = readJson('{"__proto__": {"polluted": 1}}') as object
    expect(Object.keys(value)).toEqual(['__proto__'])
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})

describe('the printer', () => {
  it('writes integers exactly and doubles as Python does', () => {
    const numbers = [1, 0.1, 1e-5, 1e16, -0, 123456789012345680].map((n) => new Double(n))
    expect(printAnswer({ int: 9007199254740993n, step: -7, numbers })).toBe(
      '{"int":9007199254740993,"step":-7,"numbers":[1.0,0.1,1e-05,1e+16,-0.0,1.2345678901234568e+17]}',
    )
  })

  it('gives back every finite double that it wrote', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const { v } = readJson(printAnswer({ v: new Double(value) })) as { v: number | bigint }
        expect(Number(v)).toBe(value)
      }),
    )
  })

  it('writes NaN as text and clamps the infinities', () => {
    const v = [NaN, Infinity, -Infinity].map((n) => new Double(n))
    expect(printAnswer({ v })).toBe(
      '{"v":["NaN",1.7976931348623157e+308,-1.7976931348623157e+308]}',
    )
  })

  it('leaves out what is absent, and keeps what is empty text or object', () => {
    const answer = { a: undefined, b: null, c: [], d: '', e: {}, f: false, g: 0 }
    expect(printAnswer(answer)).toBe('{"d":"","e":{},"f":false,"g":0}')
  })

  it('writes any text in ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = printAnswer({ text })
        expect(json).toMatch(/^[ -~]*$/)
        expect((JSON.parse(json) as { text: string }).text).toBe(text)
      }),
    )
  })
})

/** As text, with big integers as the doubles that JSON.parse would make of them. */
function shown(value: unknown): string | undefined {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'bigint' ? Number(item) : item,
  )
}
