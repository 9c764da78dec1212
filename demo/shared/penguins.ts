import type { Dataset } from './dataset.js'

/** A row of the Palmer penguins as vega-datasets publishes them. */
export type PenguinRow = Readonly<Record<string, string | number | null>>

const MEASUREMENTS = {
  beak_length_mm: 'Beak Length (mm)',
  beak_depth_mm: 'Beak Depth (mm)',
  flipper_length_mm: 'Flipper Length (mm)',
  body_mass_g: 'Body Mass (g)',
} as const

/** Penguins by four measurements, the species as class. Birds with a missing measurement are left out. */
export function penguinsFromRows(rows: readonly PenguinRow[]): Dataset {
  const columns = Object.values(MEASUREMENTS)
  const complete = rows.filter((row) => columns.every((column) => typeof row[column] === 'number'))
  const classNames = [...new Set(complete.map(speciesOf))].sort()
  return {
    name: 'palmer-penguins',
    url: 'https://registry.npmjs.org/vega-datasets/-/vega-datasets-3.2.1.tgz',
    features: Float32Array.from(
      complete.flatMap((row) => columns.map((name) => Number(row[name]))),
    ),
    featureNames: Object.keys(MEASUREMENTS),
    labels: Uint8Array.from(complete, (row) => classNames.indexOf(speciesOf(row))),
    classNames,
  }
}

function speciesOf(row: PenguinRow): string {
  return String(row.Species)
}
