import { readFileSync } from 'node:fs'

/** The most memory that this process has had resident so far, in MB. */
export function peakMemory(): number {
  return (hereOnly() ?? process.resourceUsage().maxRSS) / 1000
}

/** In KB. What `getrusage` tells may be the process that this one was forked from. */
function hereOnly(): number | null {
  try {
    const status = readFileSync('/proc/self/status', 'utf8')
    return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? NaN) || null
  } catch {
    return null
  }
}
