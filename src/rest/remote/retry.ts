import { TrackletError } from '../../errors.js'

/** The waits between attempts grow from this, in milliseconds. */
const FIRST_WAIT_MS = 200
const LONGEST_WAIT_MS = 30_000
/** Longer than this nobody waits, even where a server asks for it. */
const LONGEST_RETRY_AFTER_MS = 120_000

/** Statuses after which a call that may be repeated is repeated: those of MLflow's own client. */
export const RETRY_STATUSES: readonly number[] = [408, 429, 500, 502, 503, 504]

/**
 * How long to wait before attempt number `attempt`, from 1 on: what the server asked for (`Retry-After`: seconds or
 * an HTTP date), else twice as long each time, of which a random half is left out so that clients do not come together.
 */
export function waitBefore(attempt: number, retryAfter: string | null, now = Date.now()): number {
  const asked = retryAfter === null ? null : retryAfterToMs(retryAfter, now)
  if (asked !== null) return Math.min(asked, LONGEST_RETRY_AFTER_MS)
  const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1))
  return most / 2 + (Math.random() * most) / 2
}

/** A timer that ends early, with CANCELLED, when the signal is aborted. */
export function waitFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(cancelled(signal))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

/** What a call ends with whose signal was aborted. */
export function cancelled(signal: AbortSignal): TrackletError {
  if (signal.reason instanceof TrackletError) return signal.reason
  return new TrackletError('CANCELLED', 'The operation was aborted.', { cause: signal.reason })
}

function retryAfterToMs(text: string, now: number): number | null {
  if (/^\s*\d+\s*$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}
