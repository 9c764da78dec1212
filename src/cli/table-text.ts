import { cutText, padText, textWidth, toVisible } from './text-width.js'

/** One column of a table in text. */
export interface TextTableColumn {
  readonly title: string
  /** A cell for each row. */
  readonly cells: readonly string[]
  /** `left` by default. */
  readonly align?: 'left' | 'right'
  /** The places that its cells are never cut below: LEAST by default, WHOLE for ids, which are there to be copied. */
  readonly least?: number
  /** In which order columns are left out where there is no room: the greatest first, 0 never; 1 by default. */
  readonly rank?: number
}

/** How a table becomes text. */
export interface TableTextOptions {
  /** The places in a line; null for as many as it takes. */
  readonly width: number | null
  /** Styles the line of titles. */
  readonly styleTitles?: (line: string) => string
}

/** A table in text. */
export interface TextTable {
  /** Its lines, each with its end. */
  readonly text: string
  /** How many columns had no room. */
  readonly hidden: number
}

/** A `least` for columns that are never cut. */
export const WHOLE = Infinity

/** The `least` of columns that do not say. */
export const LEAST = 12

const GAP = '  '
const LEAST_RULE = 4

/**
 * Columns beside each other under their titles. Within a line of a terminal the widest are cut, down to their least
 * width; where that is not enough, some are left out: by rank, then the last ones.
 */
export function tableToText(
  columns: readonly TextTableColumn[],
  { width, styleTitles = (line) => line }: TableTextOptions,
): TextTable {
  const all = columns.map(toLayout)
  const shown = width === null ? all : fitting(all, width)
  const limit = width === null ? Infinity : widestCell(shown, width)
  const widths = shown.map((column) => cutWidth(column, limit))
  const line = (cell: (column: Layout) => string): string =>
    shown
      .map((column, i) => padText(cutText(cell(column), widths[i]!), widths[i]!, column.align))
      .join(GAP)
      .trimEnd()
  const lines = [
    styleTitles(line(({ title }) => title)),
    widths.map((places) => '-'.repeat(places)).join(GAP),
  ]
  const rows = columns[0]?.cells.length ?? 0
  for (let row = 0; row < rows; row++) lines.push(line(({ cells }) => cells[row] ?? ''))
  return { text: `${lines.join('\n')}\n`, hidden: all.length - shown.length }
}

interface Layout {
  readonly title: string
  readonly cells: readonly string[]
  readonly align: 'left' | 'right'
  readonly least: number
  readonly rank: number
  readonly width: number
}

function toLayout(column: TextTableColumn): Layout {
  const { title, cells, align = 'left', least = LEAST, rank = 1 } = column
  const visible = cells.map(toVisible)
  const shownTitle = toVisible(title)
  let width = Math.max(textWidth(shownTitle), LEAST_RULE)
  for (const cell of visible) width = Math.max(width, textWidth(cell))
  return { title: shownTitle, cells: visible, align, least, rank, width }
}

/** The columns that have room when all are as narrow as they may be. */
function fitting(columns: readonly Layout[], width: number): readonly Layout[] {
  const kept = new Set<Layout>()
  let used = -GAP.length
  for (const column of [...columns].sort((a, b) => a.rank - b.rank)) {
    used += GAP.length + cutWidth(column, 0)
    if (used > width && column.rank > 0 && kept.size > 0) break
    kept.add(column)
  }
  return columns.filter((column) => kept.has(column))
}

/** The greatest width to cut cells to, so that a line has room; 0 where it never has. */
function widestCell(columns: readonly Layout[], width: number): number {
  const room = width - GAP.length * (columns.length - 1)
  let [low, high] = [0, width]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const used = columns.reduce((sum, column) => sum + cutWidth(column, middle), 0)
    if (used <= room) low = middle
    else high = middle - 1
  }
  return low
}

function cutWidth({ width, least }: Layout, limit: number): number {
  return Math.min(width, Math.max(limit, least))
}
