import type { Span } from '../../entities/trace.js'

/** A span's status by its number in OTLP. */
export const STATUS_CODES: readonly Span['status']['code'][] = ['UNSET', 'OK', 'ERROR']
