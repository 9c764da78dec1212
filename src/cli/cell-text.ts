import type { TableValue } from '../tables/rows.js'
import type { Screen } from './terminal.js'

const SHORT_DIGITS = 6

/** A value as a table in text shows it; nothing where it is missing. Numbers are whole, but on a terminal of 6 digits. */
export function valueToCell(value: TableValue | boolean | undefined, screen: Screen): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return timeToCell(value.getTime())
  if (typeof value === 'number' && screen.columns !== null)
    return String(Number(value.toPrecision(SHORT_DIGITS)))
  return String(value)
}

const zone = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' })

/** An instant in local time, as MLflow's command line writes it: `2026-01-31 09:36:04 CET`. Epoch milliseconds. */
export function timeToCell(time: number | null): string {
  const date = new Date(time ?? NaN)
  if (Number.isNaN(date.getTime())) return time === null || Number.isNaN(time) ? '' : String(time)
  const two = (part: number): string => String(part).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const hour = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  const name = zone.formatToParts(date).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  return `${day} ${hour} ${name}`.trimEnd()
}
