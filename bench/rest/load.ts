import { quantile } from '../harness/statistics.js'
import { Connection, type HttpAnswer } from './connection.js'

/** What is asked of a server, over and over. */
export interface Work {
  /** The bytes of a connection's request number `index`. */
  readonly request: (connection: number, index: number) => Buffer
  /** Whether an answer is the right one; status 200 is asked for anyway. */
  readonly isRight?: (answer: HttpAnswer, connection: number, index: number) => boolean
}

/** How a server did. */
export interface Load {
  /** Right answers within the time that counts. */
  readonly perSecond: number
  /** Milliseconds from the request to the whole answer. */
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly errors: number
  /** Requests that were answered well, of each connection, warming up included. */
  readonly answered: readonly number[]
}

/**
 * Asks a server of this machine over so many connections at once, each sending its next request when the last one is
 * answered: for `warmMs` to warm up, then for `ms`, which count.
 */
export async function runLoad(
  port: number,
  work: Work,
  { connections, warmMs, ms }: { connections: number; warmMs: number; ms: number },
): Promise<Load> {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)))
  const taken: number[] = []
  const answered = open.map(() => 0)
  let errors = 0
  const begin = performance.now() + warmMs
  const end = begin + ms
  let inTime = 0
  await Promise.all(
    open.map(async (connection, number) => {
      for (let index = 0; ; index++) {
        const start = performance.now()
        if (start >= end) return
        const answer = await connection.ask(work.request(number, index))
        const now = performance.now()
        const isRight = answer.status === 200 && (work.isRight?.(answer, number, index) ?? true)
        if (isRight) answered[number]!++
        else errors++
        // By when they are answered: of a slow server, those that count may have been sent while it warmed up.
        if (now < begin) continue
        taken.push(now - start)
        if (isRight && now < end) inTime++
      }
    }),
  )
  for (const connection of open) connection.close()
  const perSecond = (inTime / ms) * 1000
  const of = (share: number): number => quantile(taken, share)
  return { perSecond, p50: of(0.5), p95: of(0.95), p99: of(0.99), errors, answered }
}
