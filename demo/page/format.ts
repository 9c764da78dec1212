/** A metric's value in at most six characters or so; empty where there is none. */
export function formatMetric(value: number | undefined): string {
  if (value === undefined) return ''
  if (!Number.isFinite(value)) return String(value)
  return Math.abs(value) >= 0.001 || value === 0 ? value.toFixed(4) : value.toExponential(2)
}

/** Milliseconds as seconds or minutes. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`
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
  return `${date.toLocaleDateString([], { day: 'numeric', month: 'short' })}, ${clock}`
}

/** Bytes in a unit that reads well. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB']
  const unit = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1)
  const amount = bytes / 1000 ** unit
  return `${unit === 0 ? amount : amount.toPrecision(3)} ${units[unit]}`
}
