import { TrackletError, type ErrorCode } from '../../errors.js'
import { readJson } from './read-json.js'

/** What an error message may name of a request. */
export interface RequestName {
  readonly method: string
  /** Without credentials and query. */
  readonly url: string
  /** The server's address. */
  readonly base: string
  /** Where the page comes from that asks, in a browser. */
  readonly origin: string | undefined
}

const KNOWN: Readonly<Record<ErrorCode, true>> = {
  INVALID_PARAMETER_VALUE: true,
  BAD_REQUEST: true,
  RESOURCE_ALREADY_EXISTS: true,
  RESOURCE_DOES_NOT_EXIST: true,
  RESOURCE_CONFLICT: true,
  RESOURCE_EXHAUSTED: true,
  PERMISSION_DENIED: true,
  ENDPOINT_NOT_FOUND: true,
  INVALID_STATE: true,
  DATA_LOSS: true,
  CANCELLED: true,
  ABORTED: true,
  NOT_IMPLEMENTED: true,
  TEMPORARILY_UNAVAILABLE: true,
  DEADLINE_EXCEEDED: true,
  INTERNAL_ERROR: true,
}

/** Codes of MLflow that are others here. */
const SAME: ReadonlyMap<string, ErrorCode> = new Map([
  ['NOT_FOUND', 'RESOURCE_DOES_NOT_EXIST'],
  ['ALREADY_EXISTS', 'RESOURCE_ALREADY_EXISTS'],
  ['REQUEST_LIMIT_EXCEEDED', 'RESOURCE_EXHAUSTED'],
  ['UNAUTHENTICATED', 'PERMISSION_DENIED'],
  ['CUSTOMER_UNAUTHORIZED', 'PERMISSION_DENIED'],
])

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  404: 'ENDPOINT_NOT_FOUND',
  405: 'ENDPOINT_NOT_FOUND',
  408: 'DEADLINE_EXCEEDED',
  409: 'RESOURCE_CONFLICT',
  429: 'RESOURCE_EXHAUSTED',
  501: 'NOT_IMPLEMENTED',
  502: 'TEMPORARILY_UNAVAILABLE',
  503: 'TEMPORARILY_UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

const LONGEST_QUOTE = 300
const NOT_SERVED = /artifact serving|serve-artifacts|serving is disabled/i

/** What a server's refusal means: MLflow's own code and message, or what the status says and what to do about it. */
export function responseToError(request: RequestName, status: number, body: string): TrackletError {
  // As a page or as JSON that calls it TEMPORARILY_UNAVAILABLE: asking again would be in vain.
  if (status >= 500 && NOT_SERVED.test(body)) return noArtifacts(request)
  const own = mlflowError(body)
  if (own !== null) return ownError(request, status, own)
  if (status === 401 || status === 403) return denied(request, status, body)
  const code = BY_STATUS[status] ?? (status >= 500 ? 'INTERNAL_ERROR' : 'INVALID_PARAMETER_VALUE')
  if (code === 'ENDPOINT_NOT_FOUND')
    return new TrackletError(
      code,
      `${request.method} ${request.url} answered ${status}: there is no MLflow server, or one without this call. ` +
        'Check the address, its path prefix included, and the version of the server.',
    )
  return new TrackletError(
    code,
    `${request.method} ${request.url} answered ${status}${quoted(body)}`,
  )
}

/** Nobody answered. */
export function networkError(request: RequestName, cause: unknown): TrackletError {
  const { base, origin } = request
  const crossing = origin !== undefined && !base.startsWith(`${origin}/`) && base !== origin
  const advice = crossing
    ? ` The browser tells no reason; if the server runs, start it with --cors-allowed-origins ${origin}`
    : ' Check that it runs, and the address.'
  return new TrackletError('TEMPORARILY_UNAVAILABLE', `${base} cannot be reached.${advice}`, {
    cause,
  })
}

/** The server fell silent. */
export function timeoutError(request: RequestName, timeoutMs: number): TrackletError {
  return new TrackletError(
    'DEADLINE_EXCEEDED',
    `${request.method} ${request.url} had no answer within ${timeoutMs} ms.`,
  )
}

/** Something answered that is no MLflow server, such as a login page. */
export function notJson(request: RequestName, body: string, cause: unknown): TrackletError {
  return new TrackletError(
    'ENDPOINT_NOT_FOUND',
    `${request.method} ${request.url} answered with something else than JSON${quoted(body)} Is it an MLflow server?`,
    { cause },
  )
}

/** The server keeps artifacts where only itself, or nobody here, can reach them. */
export function noArtifacts({ base }: Pick<RequestName, 'base'>, uri?: string): TrackletError {
  const where = uri === undefined ? '' : ` These are kept at ${uri}.`
  return new TrackletError(
    'NOT_IMPLEMENTED',
    `Artifacts of ${base} can be read and written through the server only.${where} Start it with --serve-artifacts ` +
      'and --artifacts-destination, and use an experiment made after that.',
  )
}

interface MlflowError {
  readonly code: string
  readonly message: string
}

function mlflowError(body: string): MlflowError | null {
  try {
    const parsed = readJson(body) as { error_code?: unknown; message?: unknown; detail?: unknown }
    if (typeof parsed?.error_code === 'string')
      return { code: parsed.error_code, message: String(parsed.message ?? '') }
    return typeof parsed?.detail === 'string' ? { code: '', message: parsed.detail } : null
  } catch {
    return null
  }
}

function ownError(request: RequestName, status: number, own: MlflowError): TrackletError {
  const known = Object.hasOwn(KNOWN, own.code) ? (own.code as ErrorCode) : SAME.get(own.code)
  const code =
    known ??
    BY_STATUS[status] ??
    (status === 401 || status === 403
      ? 'PERMISSION_DENIED'
      : status >= 500
        ? 'INTERNAL_ERROR'
        : 'INVALID_PARAMETER_VALUE')
  const message =
    own.message === '' ? `${request.method} ${request.url} answered ${status}.` : own.message
  return new TrackletError(code, message)
}

function denied(request: RequestName, status: number, body: string): TrackletError {
  const { base, origin } = request
  const said = `${base} answered ${status}${quoted(body)}`
  return new TrackletError('PERMISSION_DENIED', `${said} ${advice()}`)

  function advice(): string {
    if (/invalid host header/i.test(body))
      return `Start the server with --allowed-hosts ${new URL(base).host}`
    if (/cross-origin/i.test(body))
      return `Start the server with --cors-allowed-origins ${origin ?? '<the origin of the page>'}`
    if (status === 401)
      return 'Give a name and password or a token: `auth`, the URL (https://user:password@host), or in Node MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.'
    return 'The credentials are good but not enough for this: ask who runs the server for the permission.'
  }
}

function quoted(body: string): string {
  const text = body
    .replace(/<(script|style)[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  if (text === '') return '.'
  return `: ${text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}...` : text}`.replace(
    /([^.!?])$/,
    '$1.',
  )
}
