import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  metricValueToNumber,
  toMilliseconds,
  toStep,
  toTimestamp,
  valueToText,
} from '../../../src/client/values.js'
import type { TrackletError } from '../../../src/errors.js'

const INVALID = expect.objectContaining({ errorCode: 'INVALID_PARAMETER_VALUE' })

describe('a metric value', () => {
  it('is any double, as it is', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(metricValueToNumber(value)).toBe(value)
        expect(metricValueToNumber([value])).toBe(value)
      }),
    )
  })

  it('is the text of any double, blanks around it', () => {
    const spaces = fc.constantFrom('', ' ', '\n', '\t ')
    fc.assert(
      fc.property(fc.double({ noNaN: true }), spaces, spaces, (value, before, after) => {
        expect(metricValueToNumber(before + String(value) + after)).toBe(
          value + 0 === 0 ? 0 : value,
        )
      }),
    )
  })

  it('is read as Python reads a float', () => {
    const texts: [string, number][] = [
      ['1_000', 1000],
      ['.5', 0.5],
      ['5.', 5],
      ['+1e-3', 0.001],
      ['-Infinity', -Infinity],
      ['iNf', Infinity],
      ['-nan', NaN],
      ['1_0.0_1e1_0', 10.01e10],
    ]
    for (const [text, value] of texts) expect(metricValueToNumber(text)).toBe(value)
    for (const text of [
      '',
      ' ',
      '1__0',
      '_1',
      '1_',
      '0x1',
      '1e',
      'e5',
      '.',
      '1,5',
      'infinit',
      '1 2',
    ])
      expect(() => metricValueToNumber(text)).toThrowError(INVALID)
  })

  it('is a number or INVALID_PARAMETER_VALUE, whatever is given', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withTypedArray: true }),
        (value) => {
          try {
            expect(typeof metricValueToNumber(value)).toBe('number')
          } catch (error) {
            expect((error as TrackletError).errorCode).toBe('INVALID_PARAMETER_VALUE')
          }
        },
      ),
    )
  })
})

describe('a step', () => {
  it('is every safe integer, cut from fractions, and every 64-bit bigint', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (step) => {
        expect(toStep(step)).toBe(step)
        expect(toStep(BigInt(step))).toBe(step)
      }),
    )
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (step) => {
        expect(BigInt(toStep(step))).toBe(step)
      }),
    )
    expect([toStep(1.9), toStep(-1.9), toStep(-0.5), toStep(undefined)]).toEqual([1, -1, 0, 0])
  })

  it('is nothing else', () => {
    for (const bad of [NaN, -Infinity, 2 ** 53, 1e300, '1', true, {}, new Date(), 2n ** 63n])
      expect(() => toStep(bad)).toThrowError(INVALID)
  })
})

describe('a time', () => {
  it('is now when absent, a date, or milliseconds', () => {
    const before = Date.now()
    expect(toTimestamp(undefined, 'm', 1)).toBeGreaterThanOrEqual(before)
    expect(toTimestamp(new Date(5), 'm', 1)).toBe(5)
    expect(toTimestamp(2n ** 60n, 'm', 1)).toBe(2n ** 60n)
    expect(toMilliseconds(5.7, 'end_time')).toBe(5)
  })

  it('is never negative, and says whose it is', () => {
    expect(() => toTimestamp(-1, 'loss', 0.5)).toThrowError(
      "Invalid value -1 for parameter 'timestamp' supplied: metric 'loss' (value=0.5). " +
        'Timestamp must be a nonnegative long (64-bit integer) ',
    )
    for (const bad of [-1, 2n ** 60n, new Date(NaN)])
      expect(() => toMilliseconds(bad, 'end_time')).toThrowError(INVALID)
  })
})

describe('the text of a value', () => {
  it('is the text itself, and that of JavaScript for numbers and booleans', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.bigInt()), (value) => {
        expect(valueToText(value, 'k')).toBe(String(value))
      }),
    )
  })

  it('is JSON for objects and arrays', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue())),
        (value) => {
          expect(valueToText(value, 'k')).toBe(JSON.stringify(value))
        },
      ),
    )
  })

  it('is refused, with the key named, where there is none', () => {
    for (const bad of [null, undefined, () => 1, Symbol('s'), { n: 1n }, new Date(NaN)])
      expect(() => valueToText(bad, 'the key')).toThrowError(
        expect.objectContaining({
          errorCode: 'INVALID_PARAMETER_VALUE',
          message: expect.stringContaining("'the key'"),
        }),
      )
  })
})
