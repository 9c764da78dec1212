import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ColumnTable, TableColumn } from '../../../src/entities/column-table.js'
import { TrackletError } from '../../../src/errors.js'
import { tableToCsv, tableToCsvChunks, tableToCsvStream } from '../../../src/tables/csv.js'
import type { TableValue } from '../../../src/tables/rows.js'
import { anyTable } from './arbitrary-table.js'

// What pandas 3.1.1 writes for the same frame with `to_csv(index=False)`.
describe('as pandas writes it', () => {
  test('every kind of column', () => {
    const table: ColumnTable = {
      length: 5,
      columns: [
        text('run_id', ['a', 'b', 'c', 'd', 'é😀']),
        time('start_time', [1_700_000_000_123, 1_700_000_000_000, 0, null, -1]),
        time('end_time', [null, 1_700_000_000_000, 0, null, 5000]),
        number('metrics.m', [NaN, Infinity, 1e16, 1e-5, null]),
        number('metrics.n', [0, -0, -Infinity, 1 / 3, 1e22]),
        text('params.p,"q"', [null, '', 'a,b', 'say "x"\ny', ' =1+1']),
        text('params.none', [null, null, null, null, null]),
        integer('i', [null, 2n ** 62n, -1n, 0n, 5n]),
        { kind: 'mixed', name: 'mix', values: [1, 1.5, 'x,y', null, Uint8Array.of(255, 39)] },
      ],
    }
    expect(tableToCsv(table).split('\n')).toEqual([
      'run_id,start_time,end_time,metrics.m,metrics.n,"params.p,""q""",params.none,i,mix',
      'a,2023-11-14 22:13:20.123+00:00,,,0.0,,,,1',
      'b,2023-11-14 22:13:20.000+00:00,2023-11-14 22:13:20+00:00,inf,-0.0,,,4611686018427387904,1.5',
      'c,1970-01-01 00:00:00.000+00:00,1970-01-01 00:00:00+00:00,1e+16,-inf,"a,b",,-1,"x,y"',
      'd,,,1e-05,0.3333333333333333,"say ""x""',
      'y",,0,',
      'é😀,1969-12-31 23:59:59.999+00:00,1970-01-01 00:00:05+00:00,,1e+22, =1+1,,5,"b""\\xff\'"""',
      '',
    ])
  })

  test.each([
    { of: 'no rows', columns: [text('run_id', []), number('m', [])], csv: 'run_id,m\n' },
    { of: 'one column with empty cells', columns: [number('a', [1, NaN])], csv: 'a\n1.0\n""\n' },
    { of: 'one column without a name', columns: [number('', [1])], csv: '""\n1.0\n' },
    { of: 'no columns', columns: [], length: 2, csv: '\n\n\n' },
    {
      of: 'what needs no quotes',
      columns: [text('a', [" '\t;#\\\u2028\u0085\0-1@"]), text('b', [''])],
      csv: "a,b\n '\t;#\\\u2028\u0085\0-1@,\n",
    },
    // Python 3.11.9 and later; older ones leave it bare, and then cannot read it back.
    { of: 'a carriage return', columns: [text('a', ['x\ry'])], csv: 'a\n"x\ry"\n' },
  ])('$of', ({ columns, csv, length }) => {
    expect(tableToCsv({ length: length ?? lengthOf(columns), columns })).toBe(csv)
  })

  test.each([
    { times: [0, 86_400_000], cells: ['1970-01-01 00:00:00+00:00', '1970-01-02 00:00:00+00:00'] },
    {
      times: [-62_135_596_800_000, 253_402_300_799_999],
      cells: ['0001-01-01 00:00:00.000+00:00', '9999-12-31 23:59:59.999+00:00'],
    },
    { times: [null, null], cells: ['""', '""'] },
  ])('times $times', ({ times, cells }) => {
    const csv = tableToCsv({ length: 2, columns: [time('t', times)] })
    expect(csv).toBe(['t', ...cells, ''].join('\n'))
  })
})

test('a time that no calendar holds is written as its milliseconds', () => {
  expect(tableToCsv({ length: 1, columns: [time('t', [9e15])] })).toBe('t\n9000000000000000\n')
})

test('what was written can be read back', () => {
  fc.assert(
    fc.property(anyTable({ minColumns: 1 }), ({ table, cells }) => {
      const [names, ...lines] = parseCsv(tableToCsv(table))
      expect(names).toEqual(table.columns.map(({ name }) => name))
      expect(lines).toHaveLength(table.length)
      for (const [i, { kind }] of table.columns.entries())
        lines.forEach((line, row) => expectCell(line[i]!, cells[i]![row]!, kind))
    }),
  )
})

test('the header can be left out, the separator chosen', () => {
  const table = { length: 1, columns: [text('a;b', ['x;y']), text('c', ['1,2'])] }
  expect(tableToCsv(table, { header: false })).toBe('x;y,"1,2"\n')
  expect(tableToCsv(table, { separator: ';' })).toBe('"a;b";c\n"x;y";1,2\n')
  expect(tableToCsv(table, { separator: ']' })).toBe('a;b]c\nx;y]1,2\n')
})

test.each(['', '"', '\n', ',,'])('the separator %j is refused at once', (separator) => {
  const write = () => tableToCsvChunks({ length: 0, columns: [] }, { separator })
  expect(write).toThrow(expect.objectContaining({ errorCode: 'INVALID_PARAMETER_VALUE' }))
  expect(write).toThrow(TrackletError)
})

test('a long table comes in pieces of whole lines, the same as in one', async () => {
  const length = 70_000
  const cells = Array.from({ length }, (_, row) => `é\n${row}`)
  const table = { length, columns: [text('a', cells)] }
  const chunks = [...tableToCsvChunks(table)]
  expect(chunks.length).toBeGreaterThan(3)
  expect(chunks.every((chunk) => chunk === 'a\n' || chunk.endsWith('"\n'))).toBe(true)
  expect(chunks.join('')).toBe(tableToCsv(table))
  expect(await new Response(tableToCsvStream(table)).text()).toBe(tableToCsv(table))
})

test('a stream writes nothing before it is read, and stops when its reader leaves', async () => {
  let read = 0
  const values = new Proxy(new Array<number>(100_000).fill(1), {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) read++
      return Reflect.get(target, key) as unknown
    },
  })
  const columns: TableColumn[] = [{ kind: 'mixed', name: 'a', values }]
  const reader = tableToCsvStream({ length: 100_000, columns }).getReader()
  expect(read).toBe(0)
  await reader.read()
  await reader.read()
  await reader.cancel()
  expect(read).toBeGreaterThan(0)
  expect(read).toBeLessThan(50_000)
})

function number(name: string, cells: readonly (number | null)[]): TableColumn {
  return { kind: 'number', name, ...doubles(cells) }
}

function time(name: string, cells: readonly (number | null)[]): TableColumn {
  return { kind: 'time', name, ...doubles(cells) }
}

function doubles(cells: readonly (number | null)[]): { values: Float64Array; missing: Uint8Array } {
  return {
    values: Float64Array.from(cells, (cell) => cell ?? 0.5),
    missing: Uint8Array.from(cells, (cell) => (cell === null ? 1 : 0)),
  }
}

function integer(name: string, cells: readonly (bigint | null)[]): TableColumn {
  const values = BigInt64Array.from(cells, (cell) => cell ?? 7n)
  const missing = Uint8Array.from(cells, (cell) => (cell === null ? 1 : 0))
  return { kind: 'int64', name, values, missing }
}

function text(name: string, cells: readonly (string | null)[]): TableColumn {
  const dictionary = cells.map((cell) => cell ?? '')
  const codes = Int32Array.from(cells, (cell, i) => (cell === null ? -1 : i))
  return { kind: 'text', name, codes, dictionary }
}

function lengthOf([column]: readonly TableColumn[]): number {
  return column?.kind === 'text' ? column.codes.length : (column?.values.length ?? 0)
}

/** Lines of cells, by RFC 4180, with `\n` as the only end of a line. */
function parseCsv(csv: string): string[][] {
  const lines: string[][] = [[]]
  const cell = /(?:"((?:[^"]|"")*)"|([^,\n]*))([,\n])/gy
  for (let at = 0; at < csv.length; at = cell.lastIndex) {
    const match = cell.exec(csv)
    if (match === null) throw new Error(`no cell at ${at}`)
    lines.at(-1)!.push(match[1]?.replaceAll('""', '"') ?? match[2]!)
    if (match[3] === '\n') lines.push([])
  }
  return lines.slice(0, -1)
}

function expectCell(written: string, cell: TableValue, kind: TableColumn['kind']): void {
  if (cell === null || Number.isNaN(cell)) expect(written).toBe('')
  else if (cell instanceof Date) expect(new Date(written.replace(' ', 'T'))).toEqual(cell)
  else if (typeof cell === 'string') expect(written).toBe(cell)
  else if (cell instanceof Uint8Array) expect(written).toMatch(/^b(['"]).*\1$/s)
  else if (typeof cell === 'bigint') expect(BigInt(written)).toBe(cell)
  else if (kind === 'number') expect(Number(written.replace('inf', 'Infinity'))).toBe(cell)
  else expect(written).toBe(String(cell))
}
