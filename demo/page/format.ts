/** A metric's value in eight characters or so; empty where there is none. */
export function formatMetric(value: number | undefined): string {
  if (value === undefined) return ''
  const size = Math.abs(value)
  if (!Number.isFinite(value) || value === 0) return String(value)
  if (size < 0.001 || size >= 1e9) return value.toExponential(2)
  if (Number.isInteger(value)) return value.toLocaleString('en')
  return size < 1000 ? value.toFixed(4) : value.toLocaleString('en', { maximumFractionDigits: 1 })
}

/** A value at a tick of an axis: short, whatever its size. */
export function formatTick(value: number): string {
  const size = Math.abs(value)
  if (value !== 0 && (size < 0.001 || size >= 1e6))
    return String(Number(value.toPrecision(4)).toExponential())
  return Number(value.toPrecision(6)).toLocaleString('en', { maximumFractionDigits: 6 })
}

/** Milliseconds as seconds, minutes or hours. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`
  return `${Math.floor(minutes / 60).toLocaleString('en')} h ${minutes % 60} min`
}

/** Epoch milliseconds as a local time, with the date where it is not today's. */
export function formatTime(time: number): string {
  const date = new Date(time)
  const clock = date.toLocaleTimeString([], {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  })
  if (date.toDateString() === new Date().toDateString()) return clock
  const isThisYear = date.getFullYear() === new Date().getFullYear()
  const month = { day: 'numeric', month: 'short' } as const
  const day = isThisYear ? month : ({ ...month, year: 'numeric' } as const)
  return `${date.toLocaleDateString([], day)}, ${clock}`
}

/** Bytes in a unit that reads well. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB']
  const unit = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1)
  const amount = bytes / 1000 ** unit
  return `${unit === 0 ? amount : amount.toPrecision(3)} ${units[unit]}`
}

/** An amount with what it is of: `1 run`, `2,000 runs`. */
export function formatCount(amount: number, thing: string): string {
  return `${amount.toLocaleString('en')} ${thing}${amount === 1 ? '' : 's'}`
}
