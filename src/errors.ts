/** MLflow's error codes that tracklet raises (mlflow/protos/databricks.proto, ErrorCode). */
export type ErrorCode =
  | 'INVALID_PARAMETER_VALUE'
  | 'BAD_REQUEST'
  | 'RESOURCE_ALREADY_EXISTS'
  | 'RESOURCE_DOES_NOT_EXIST'
  | 'RESOURCE_CONFLICT'
  | 'RESOURCE_EXHAUSTED'
  | 'PERMISSION_DENIED'
  | 'ENDPOINT_NOT_FOUND'
  | 'INVALID_STATE'
  | 'DATA_LOSS'
  | 'CANCELLED'
  | 'ABORTED'
  | 'NOT_IMPLEMENTED'
  | 'TEMPORARILY_UNAVAILABLE'
  | 'DEADLINE_EXCEEDED'
  | 'INTERNAL_ERROR'

const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
  INVALID_PARAMETER_VALUE: 400,
  BAD_REQUEST: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  RESOURCE_DOES_NOT_EXIST: 404,
  RESOURCE_CONFLICT: 409,
  RESOURCE_EXHAUSTED: 429,
  PERMISSION_DENIED: 403,
  ENDPOINT_NOT_FOUND: 404,
  INVALID_STATE: 500,
  DATA_LOSS: 500,
  CANCELLED: 499,
  ABORTED: 409,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
  INTERNAL_ERROR: 500,
}

/** The HTTP status with which MLflow's server answers an error of this code. */
export function httpStatus(code: ErrorCode): number {
  return HTTP_STATUS[code]
}

/** Which part of a search is at fault, for an editor to underline: characters [start, end) of the text. */
export interface ErrorPlace {
  readonly text: 'filter' | 'order_by'
  /** Which clause of `order_by`; 0 for a filter. */
  readonly index: number
  readonly start: number
  readonly end: number
}

/** The one error class of tracklet; branch on `errorCode`, never on the message. */
export class TrackletError extends Error {
  readonly errorCode: ErrorCode
  /** Where a search's text is wrong; undefined for every other error. */
  readonly at: ErrorPlace | undefined

  /** `cause` is the lower-level error that was translated, if any. */
  constructor(
    errorCode: ErrorCode,
    message: string,
    options: { cause?: unknown; at?: ErrorPlace } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'TrackletError'
    this.errorCode = errorCode
    this.at = options.at
  }
}

/** Any thrown value as a TrackletError: itself, or wrapped under `code` with the value as its cause. */
export function toTrackletError(error: unknown, code: ErrorCode = 'INTERNAL_ERROR'): TrackletError {
  if (error instanceof TrackletError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new TrackletError(code, message, { cause: error })
}

/** Throws CANCELLED, with the signal's reason as its cause, once `signal` is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new TrackletError('CANCELLED', 'The operation was aborted.', { cause: signal.reason })
}
