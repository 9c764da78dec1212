import type { Span } from '../../../../src/entities/trace.js'
import { TrackletError } from '../../../../src/errors.js'
import type { LocalStore } from '../../../../src/store/store.js'

/** The OpenTelemetry id of the n-th trace. */
export const hexOf = (n: number): string => n.toString(16).padStart(32, '0')

/** The id of the n-th trace. */
export const traceIdOf = (n: number): string => `tr-${hexOf(n)}`

/** The id of the n-th span. */
export const spanIdOf = (n: number): string => n.toString(16).padStart(16, '0')

/** A span of the n-th trace: its root, from 1.5 to 2.75 seconds after the epoch. */
export function spanOf(trace: number, more: Partial<Span> = {}): Span {
  return {
    traceId: hexOf(trace),
    spanId: spanIdOf(1),
    parentSpanId: '',
    name: 'root',
    startTimeUnixNano: 1_500_000_001n,
    endTimeUnixNano: 2_750_000_002n,
    status: { code: 'UNSET', message: '' },
    attributes: {},
    events: [],
    links: [],
    ...more,
  }
}

/** A span below the root. */
export function childOf(trace: number, span: number, more: Partial<Span> = {}): Span {
  const own = { spanId: spanIdOf(span), parentSpanId: spanIdOf(1), name: `child ${span}` }
  return spanOf(trace, { ...own, ...more })
}

/** The code and message of a refusal. */
export async function refusal(call: Promise<unknown>): Promise<readonly [string, string]> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof TrackletError)) throw new Error('The call was not refused.')
  return [error.errorCode, error.message]
}

/** Puts a file among those of a trace. */
export async function putFile(
  store: LocalStore,
  traceId: string,
  bytes: Uint8Array,
): Promise<void> {
  const handle = await store.openWrite(traceId, 'traces.json')
  await store.write(handle, bytes)
  await store.finishWrite(handle)
}
