import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameColumn } from '../../../src/search/frame-column.js'
import { MetricCells } from '../../../src/search/metric-cells.js'
import { TextCells } from '../../../src/search/text-cells.js'

const ROWS = 40

const steps = fc.array(
  fc.record({ row: fc.nat(ROWS - 1), value: fc.option(fc.integer({ min: 0, max: 9 })) }),
  { maxLength: 120 },
)

describe('a column of a frame', () => {
  it('holds what was stored last in each row, sparse or dense', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 200 }), (changes, rowCount) => {
        const column = new FrameColumn([new Float64Array(0)])
        const expected = new Map<number, number>()
        for (const { row, value } of changes) {
          if (value === null) {
            column.remove(row)
            expected.delete(row)
            continue
          }
          const slot = column.place(row, rowCount)
          column.parts[0]![slot] = value
          expected.set(row, value)
        }
        const found = new Map<number, number>()
        for (let row = 0; row < ROWS; row++) {
          const slot = column.slot(row)
          if (slot >= 0) found.set(row, column.parts[0]![slot]!)
        }
        expect([...found].sort()).toEqual([...expected].sort())
        expect(column.count).toBe(expected.size)
      }),
    )
  })

  it('becomes dense once a good part of the rows has a cell, and stays sparse for rare keys', () => {
    const [common, rare] = [0, 1].map(() => new FrameColumn([new Float64Array(0)]))
    for (let row = 0; row < 1000; row++) common!.place(row, 1000)
    for (let row = 0; row < 1000; row += 100) rare!.place(row, 1000)
    expect(common!.rows).toBeNull()
    expect(rare!.rows?.slice(0, rare!.count)).toEqual(
      Uint32Array.from({ length: 10 }, (_, i) => i * 100),
    )
    expect(rare!.bytes).toBeLessThan(400)
  })
})

describe('metric cells', () => {
  it('give back steps, times and values exactly, whatever their size', () => {
    const int64 = fc.oneof(
      fc.integer(),
      fc.maxSafeInteger(),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
    )
    const cell = fc.record({ step: int64, timestamp: int64, value: fc.double() })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(ROWS - 1), cell), { maxLength: 60 }),
        fc.maxSafeNat(),
        (cells, start) => {
          const metric = new MetricCells()
          const expected = new Map<number, (typeof cells)[0][1]>()
          for (const [row, one] of cells) {
            metric.set(row, start, one, ROWS)
            expected.set(row, one)
          }
          for (const [row, one] of expected) expect(metric.get(row, start)).toEqual(one)
          expect(metric.column.count).toBe(expected.size)
        },
      ),
    )
  })
})

describe('text cells', () => {
  it('hold what was stored last, through compaction and without an index', () => {
    const texts = fc.array(fc.tuple(fc.nat(9), fc.oneof(fc.string(), fc.nat(3000).map(String))), {
      minLength: 1,
      maxLength: 200,
    })
    fc.assert(
      fc.property(texts, fc.boolean(), (changes, settle) => {
        const cells = new TextCells()
        const expected = new Map<number, string>()
        for (const [row, text] of changes) {
          cells.set(row, text, 10)
          if (settle) cells.settle()
          expected.set(row, text)
        }
        cells.compact()
        for (const [row, text] of expected) expect(cells.get(row)).toBe(text)
        expect(new Set(cells.texts)).toEqual(new Set(expected.values()))
      }),
    )
  })

  it('do not keep the texts that a row has had before', () => {
    const cells = new TextCells()
    for (let i = 0; i < 100_000; i++) cells.set(0, `progress ${i}`, 1)
    expect(cells.texts.length).toBeLessThan(2_000)
    expect(cells.get(0)).toBe('progress 99999')
  })

  it('rank their texts by code point', () => {
    const cells = new TextCells()
    for (const [row, text] of ['b', '\u{1f600}', '\uffff', 'a', ''].entries())
      cells.set(row, text, 5)
    expect([...cells.ranks()]).toEqual([2, 4, 3, 1, 0])
  })
})
