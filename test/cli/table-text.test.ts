import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tableToText, WHOLE } from '../../src/cli/table-text.js'
import { cutText, textWidth, toVisible } from '../../src/cli/text-width.js'

const PLAIN = { width: null }

describe('a table in text', () => {
  it('puts columns beside each other, numbers to the right, without spaces at the ends of lines', () => {
    const { text, hidden } = tableToText(
      [
        { title: 'Name', cells: ['a', 'longer'] },
        { title: 'metrics.acc', cells: ['0.5', '12'], align: 'right' },
        { title: 'note', cells: ['', 'x'] },
      ],
      PLAIN,
    )
    expect(text).toBe(
      [
        'Name    metrics.acc  note',
        '------  -----------  ----',
        'a               0.5',
        'longer           12  x',
        '',
      ].join('\n'),
    )
    expect(hidden).toBe(0)
  })

  it('cuts nothing where there is no terminal', () => {
    const cell = 'x'.repeat(5_000)
    expect(tableToText([{ title: 'note', cells: [cell] }], PLAIN).text).toContain(cell)
  })

  it('cuts the widest columns to a terminal, and never an id', () => {
    const id = 'f'.repeat(32)
    const { text, hidden } = tableToText(
      [
        { title: 'Name', cells: ['fast-owl-1'] },
        { title: 'ID', cells: [id], least: WHOLE },
        { title: 'note', cells: ['n'.repeat(100)] },
      ],
      { width: 70 },
    )
    const lines = text.trimEnd().split('\n')
    expect(lines[2]).toBe(`fast-owl-1  ${id}  ${'n'.repeat(23)}…`)
    expect(Math.max(...lines.map(textWidth))).toBe(70)
    expect(hidden).toBe(0)
  })

  it('leaves out the last columns where even narrow ones have no room, and says how many', () => {
    const columns = Array.from({ length: 10 }, (_, i) => ({
      title: `metrics.some-long-name-${i}`,
      cells: ['1'],
    }))
    const { text, hidden } = tableToText(columns, { width: 40 })
    expect(hidden).toBe(7)
    expect(text.split('\n')[0]).toBe('metrics.som…  metrics.som…  metrics.som…')
    const ranked = columns.map((column, i) => ({ ...column, rank: [2, 0, 2, 1][i] ?? 2 }))
    expect(tableToText(ranked, { width: 10 }).hidden).toBe(9)
    const some = tableToText(
      ranked.map((column) => ({ ...column, title: column.title.slice(-1) })),
      { width: 16 },
    )
    expect(some.text.split('\n')[0]).toBe('0     1     3')
  })

  it('shows control characters rather than sending them to the terminal', () => {
    const { text } = tableToText([{ title: 'note', cells: ['a\nb\t\x1b[31mred\x9b\u202e'] }], PLAIN)
    expect(text).toContain('a\\nb\\t\\u001b[31mred\\u009b\\u202e')
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
  })

  it('counts East Asian characters as two places, and marks as none', () => {
    const { text } = tableToText(
      [
        { title: 'name', cells: ['実験', 'e\u0301t\u00e9'] },
        { title: 'x', cells: ['1', '2'] },
      ],
      PLAIN,
    )
    expect(text.split('\n').slice(2, 4)).toEqual(['実験  1', 'e\u0301t\u00e9   2'])
  })

  it('fits any cells into any terminal that has room for its first column', () => {
    const cells = fc.array(fc.string({ unit: 'binary', maxLength: 40 }), {
      minLength: 2,
      maxLength: 2,
    })
    fc.assert(
      fc.property(
        fc.array(fc.record({ title: fc.string(), cells }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 12, max: 120 }),
        (columns, width) => {
          const { text, hidden } = tableToText(columns, { width })
          const lines = text.slice(0, -1).split('\n')
          expect(lines).toHaveLength(4)
          for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width)
          expect(hidden).toBeLessThan(columns.length)
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('a cut text', () => {
  it('is a beginning of the text with an ellipsis, or the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).map(toVisible),
        fc.integer({ min: 1, max: 30 }),
        (text, width) => {
          const cut = cutText(text, width)
          expect(textWidth(cut)).toBeLessThanOrEqual(width)
          if (textWidth(text) <= width) expect(cut).toBe(text)
          else expect(text.startsWith(cut.slice(0, -1)) && cut.endsWith('…')).toBe(true)
        },
      ),
    )
  })
})
