/** How often each class was taken for each other: a row per actual class, a column per predicted one. */
export interface ConfusionMatrix {
  readonly classNames: readonly string[]
  readonly counts: readonly (readonly number[])[]
}

/** Counts predictions against the truth; both are class indices of the same examples. */
export function confusionMatrix(
  classNames: readonly string[],
  actual: Uint8Array,
  predicted: Uint8Array,
): ConfusionMatrix {
  const counts = classNames.map(() => classNames.map(() => 0))
  actual.forEach((label, index) => {
    const row = counts[label]
    const column = predicted[index]
    if (row && column !== undefined) row[column] = (row[column] ?? 0) + 1
  })
  return { classNames, counts }
}

/** A table as MLflow stores one: the names of the columns, then the rows. */
export interface TableData {
  readonly columns: readonly string[]
  readonly data: readonly (readonly (string | number)[])[]
}

/** The matrix as a table: the actual class, then a column for each predicted one. */
export function confusionTable({ classNames, counts }: ConfusionMatrix): TableData {
  return {
    columns: ['actual', ...classNames.map((name) => `predicted ${name}`)],
    data: counts.map((row, index) => [classNames[index] ?? '', ...row]),
  }
}

const CELL = 44
const MARGIN = 84

/** The matrix as a picture: a standalone SVG text; the darker a cell, the larger its share of the row. */
export function confusionSvg(matrix: ConfusionMatrix): string {
  const side = MARGIN + CELL * matrix.classNames.length + 12
  const cells = matrix.counts.flatMap((row, y) => {
    const total = row.reduce((sum, count) => sum + count, 0)
    return row.map((count, x) => cellSvg(x, y, count, total === 0 ? 0 : count / total))
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" width="${side}" height="${side}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...matrix.classNames.flatMap(axisSvg),
    ...cells,
    `<text x="${MARGIN}" y="20" fill="#59636e">predicted</text>`,
    `<text x="12" y="${MARGIN - 12}" fill="#59636e">actual</text>`,
    '</svg>',
  ].join('\n')
}

function axisSvg(name: string, index: number): string[] {
  const middle = MARGIN + CELL * (index + 0.5)
  const text = escapeXml(name.length > 9 ? `${name.slice(0, 8)}…` : name)
  const across = name.length > 4 ? `font-size="9"` : ''
  return [
    `<text x="${middle}" y="${MARGIN - 12}" text-anchor="middle" ${across}>${text}</text>`,
    `<text x="${MARGIN - 10}" y="${middle + 4}" text-anchor="end">${text}</text>`,
  ]
}

function cellSvg(x: number, y: number, count: number, share: number): string {
  const left = MARGIN + CELL * x
  const top = MARGIN + CELL * y
  const opacity = count === 0 ? 0.03 : (0.08 + 0.92 * share).toFixed(3)
  const ink = share > 0.45 ? '#ffffff' : '#1f2328'
  const label =
    count === 0
      ? ''
      : `<text x="${left + CELL / 2}" y="${top + CELL / 2 + 4}" text-anchor="middle" fill="${ink}">${count}</text>`
  return `<rect x="${left + 1}" y="${top + 1}" width="${CELL - 2}" height="${CELL - 2}" rx="3" fill="#1d4e89" fill-opacity="${opacity}"/>${label}`
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
