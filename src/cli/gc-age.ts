import { UsageError } from './usage-error.js'
import { toVisible } from './text-width.js'

const NUMBER = String.raw`(\d+\.?\d*|\.\d+)`
const AGE = new RegExp(`^(?:${NUMBER}d)?(?:${NUMBER}h)?(?:${NUMBER}m)?(?:${NUMBER}s)?$`)
const UNITS_MS = [24 * 3600 * 1000, 3600 * 1000, 60 * 1000, 1000]

/** Milliseconds in a text such as `1d2h3m4s` or `1.5h`, by MLflow's rules. UsageError for another text. */
export function parseAge(text: string): number {
  const match = AGE.exec(text)
  if (match === null || text === '')
    throw new UsageError(
      `Could not parse any time information from '${toVisible(text)}'. ` +
        "Examples of valid strings: '8h', '2d8h5m20s', '2m4s'",
    )
  const parts = match.slice(1)
  return Math.trunc(UNITS_MS.reduce((sum, unit, i) => sum + Number(parts[i] ?? 0) * unit, 0))
}
