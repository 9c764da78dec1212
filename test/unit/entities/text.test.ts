import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalExperimentId, newUuidHex } from '../../../src/entities/ids.js'
import {
  jsonAscii,
  pythonBytes,
  pythonFloat,
  pythonRepr,
} from '../../../src/entities/python-text.js'
import { makeRunName } from '../../../src/entities/run-names.js'
import { seededRandom } from '../../helpers/random.js'

describe("Python's forms", () => {
  it.each([
    [1, '1.0'],
    [-0, '-0.0'],
    [1e-5, '1e-05'],
    [0.0001, '0.0001'],
    [123456789012345680, '1.2345678901234568e+17'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [1e100, '1e+100'],
    [Number.NaN, 'nan'],
    [-Infinity, '-inf'],
  ])('of the float %s is %s', (value, text) => {
    expect(pythonFloat(value)).toBe(text)
  })

  it('of floats read back as the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(pythonFloat(value))).toBe(value)
      }),
    )
  })

  it('of texts choose their quotes', () => {
    expect(pythonRepr("it's")).toBe('"it\'s"')
    expect(pythonRepr('a\'b"c')).toBe("'a\\'b\"c'")
    expect(pythonRepr('\\ \n \u0001 \u00a0 é 🙂')).toBe("'\\\\ \\n \\x01 \\xa0 é 🙂'")
    expect(pythonRepr({ a: [1, 0.5, null, true] })).toBe("{'a': [1, 0.5, None, True]}")
    expect(pythonBytes(Uint8Array.of(0, 39, 65, 10, 200))).toBe('b"\\x00\'A\\n\\xc8"')
  })

  it('of JSON are ASCII that reads back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = jsonAscii(value)
        expect(text).toMatch(/^[ -~]*$/)
        expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(value))
      }),
    )
    const loop: unknown[] = []
    loop.push(loop)
    expect(jsonAscii(loop)).toEqual(expect.any(String))
    expect(jsonAscii(Number.NaN)).toBe('NaN')
  })
})

describe('made-up names and ids', () => {
  const random = seededRandom(7)
  const bytes = (n: number): Uint8Array =>
    Uint8Array.from({ length: n }, () => Math.floor(random() * 256))

  it('of runs are two words and a number, at most 20 characters', () => {
    const names = Array.from({ length: 2000 }, () => makeRunName(bytes))
    for (const name of names) expect(name).toMatch(/^(?=.{1,20}$)[a-z]+-[a-z]+-\d{1,3}$/)
    expect(new Set(names).size).toBeGreaterThan(1990)
  })

  it('of runs are version 4 UUIDs in 32 digits', () => {
    expect(newUuidHex(bytes)).toMatch(/^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
    expect(newUuidHex(() => new Uint8Array(16))).toBe('00000000000040008000000000000000')
  })

  it.each([
    ['0', '0'],
    ['007', '7'],
    [' +12 ', '12'],
    ['-3', '-3'],
    ['1_000', '1000'],
    ['123456789012345678901', '123456789012345678901'],
  ])('of experiments: %j is the integer %s', (given, id) => {
    expect(canonicalExperimentId(given)).toBe(id)
  })

  it.each(['', 'x', '1.0', '1e3', '--1', '1 2'])('of experiments: %j is none', (given) => {
    expect(() => canonicalExperimentId(given)).toThrow(
      `Invalid experiment ID '${given}'. Experiment ID must be a valid integer.`,
    )
  })
})
