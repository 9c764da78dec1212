import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'

/** A body that is not read further, by the client's fault, and how that is answered. */
export class BodyRefused extends Error {
  readonly status: 400 | 408 | 413

  /** `message` is for the client. */
  constructor(status: 400 | 408 | 413, message: string) {
    super(message)
    this.name = 'BodyRefused'
    this.status = status
  }
}

/**
 * A whole body of at most `maxBytes`, that must be there after `timeoutMs`. BodyRefused, with what was read dropped,
 * where it is more, late or cut off.
 */
export function readBody(
  incoming: Readable,
  { maxBytes, timeoutMs }: { maxBytes: number; timeoutMs: number },
): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const parts: Uint8Array[] = []
    let bytes = 0
    const listeners = {
      data: (part: Uint8Array): void => {
        bytes += part.length
        parts.push(part)
        if (bytes > maxBytes) refuse(tooLarge(maxBytes))
      },
      end: (): void => {
        stop()
        resolve(joined(parts, bytes))
      },
      error: (): void => refuse(cutOff()),
      close: (): void => refuse(cutOff()),
    }
    const timer = setTimeout(() => refuse(tooLate()), timeoutMs)
    timer.unref()
    // The stream is left alone: an answer can still be sent, and what is left may then be read by others.
    const stop = (): void => {
      clearTimeout(timer)
      for (const [event, listener] of Object.entries(listeners)) incoming.off(event, listener)
    }
    const refuse = (error: BodyRefused): void => {
      stop()
      incoming.pause()
      reject(error)
    }
    if (incoming.destroyed) return refuse(cutOff())
    for (const [event, listener] of Object.entries(listeners)) incoming.on(event, listener)
  })
}

function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/**
 * A body as a stream, read only as fast as it is taken. It fails with BodyRefused, which `onRefused` is told too,
 * where nothing comes for `idleMs` or the client goes away.
 */
export function streamBody(
  incoming: Readable,
  { idleMs, onRefused }: { idleMs: number; onRefused: (error: BodyRefused) => void },
): ReadableStream<Uint8Array> {
  const next = partsOf(incoming)
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const part = await next(idleMs)
          if (part === null) controller.close()
          else controller.enqueue(part)
        } catch (error) {
          onRefused(error as BodyRefused)
          controller.error(error)
        }
      },
    },
    { highWaterMark: 0 },
  )
}

/** The refusal of a body that is, or says that it is, more than `maxBytes`. */
export function tooLarge(maxBytes: number): BodyRefused {
  return new BodyRefused(413, `The body of the request is larger than ${maxBytes} bytes.`)
}

function tooLate(): BodyRefused {
  return new BodyRefused(408, 'The body of the request did not come in time.')
}

function cutOff(): BodyRefused {
  return new BodyRefused(400, 'The body of the request was cut off.')
}

/** The next part, null at the end. The stream is left alone when it fails: an answer can still be sent. */
function partsOf(incoming: Readable): (timeoutMs: number) => Promise<Uint8Array | null> {
  const parts = incoming.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>
  return async (timeoutMs) => {
    const timer = new AbortController()
    const late = delay(timeoutMs, 'late' as const, { signal: timer.signal, ref: false })
    late.catch(() => undefined)
    try {
      const part = await Promise.race([parts.next(), late])
      if (part === 'late') throw tooLate()
      return part.done === true ? null : part.value
    } catch (error) {
      // What is left may then be read by others, up to the end of the connection.
      parts.return?.().catch(() => undefined)
      if (error instanceof BodyRefused) throw error
      throw cutOff()
    } finally {
      timer.abort()
    }
  }
}
