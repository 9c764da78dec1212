import fc from 'fast-check'
import { expect, it } from 'vitest'
import { pythonFloat } from '../../../src/entities/python-text.js'

const MEASURED: readonly (readonly [number, string])[] = [
  [0, '0.0'],
  [-0, '-0.0'],
  [1, '1.0'],
  [-5, '-5.0'],
  [0.1, '0.1'],
  [123.456, '123.456'],
  [100, '100.0'],
  [0.0001, '0.0001'],
  [0.00012345, '0.00012345'],
  [0.00001, '1e-05'],
  [1e-7, '1e-07'],
  [1.5e-10, '1.5e-10'],
  [1e15, '1000000000000000.0'],
  [1234567890123456, '1234567890123456.0'],
  [9007199254740993, '9007199254740992.0'],
  [1e16, '1e+16'],
  [12345678901234567, '1.2345678901234568e+16'],
  [1e21, '1e+21'],
  [1e22, '1e+22'],
  [1e100, '1e+100'],
  [Number.MAX_VALUE, '1.7976931348623157e+308'],
  [Number.MIN_VALUE, '5e-324'],
  [2.2250738585072014e-308, '2.2250738585072014e-308'],
  [NaN, 'nan'],
  [Infinity, 'inf'],
  [-Infinity, '-inf'],
]

it.each(MEASURED)('writes %f as Python does', (value, text) => {
  expect(pythonFloat(value)).toBe(text)
})

it('gives text that reads back to the very same double and always shows that it is a float', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = pythonFloat(value)
      expect(Object.is(Number(text), value)).toBe(true)
      expect(text).toMatch(/^-?(?:\d+\.\d+|\d(?:\.\d+)?e[+-]\d{2,3})$/)
    }),
  )
})
