import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PlainLines } from '../../../src/mlruns/read/plain-lines.js'

const read = (text: string): { values: number[]; next: number } => {
  const lines = new PlainLines()
  const { count, next } = lines.read(new TextEncoder().encode(text), 0)
  return { values: [...lines.values.subarray(0, count)], next }
}

const valueOf = (text: string): number | undefined => read(`1 ${text} 7\n`).values[0]

describe('a value in a plain line', () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true })

  it('is the double that was written, to the bit', () => {
    // JavaScript writes -0 without its sign.
    const text = (value: number): string => (Object.is(value, -0) ? '-0.0' : String(value))
    fc.assert(fc.property(finite, (value) => Object.is(valueOf(text(value)), value)))
  })

  it('is the nearest double of any decimal', () => {
    const digits = fc.integer({ min: 1, max: 21 })
    fc.assert(
      fc.property(finite, digits, (value, precision) => {
        const text = value.toPrecision(precision)
        return Object.is(valueOf(text), Number(text))
      }),
    )
  })

  it('is the nearest double between two', () => {
    const near = fc.double({ min: 2 ** -20, max: 2 ** 20, noNaN: true })
    fc.assert(
      fc.property(near, (value) => {
        const text = (value * (1 + 2 ** -53)).toPrecision(17)
        return Object.is(valueOf(text), Number(text))
      }),
    )
  })

  it.each(['', '-', '.', 'e5', '1e', 'nan', 'inf', '1_0', '1.2.3', '+1', '0x1', '9'.repeat(40)])(
    'is not plain as %j',
    (text) => {
      expect(valueOf(text)).toBeUndefined()
    },
  )
})

describe('plain lines', () => {
  it('are read up to the first that is another', () => {
    const plain = '1760000000000 0.5 0\n1760000000001 -2e-05 -3\n'
    expect(read(`${plain}1 0.5 0 data digest\n1 1 1\n`)).toEqual({
      values: [0.5, -2e-5],
      next: plain.length,
    })
  })

  it('end where a line is not whole', () => {
    expect(read('1 0.5 0\n1 0.25 1')).toEqual({ values: [0.5], next: 8 })
  })
})
