/** What a field of a request may be before it is written as JSON or as a query. */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | null
  | Bare
  | readonly Value[]
  | { readonly [name: string]: Value | undefined }

/** The fields of a request by their names. */
export type FieldMap = Readonly<Record<string, Value | undefined>>

/** A token that is written into JSON as it stands, such as `NaN`. */
export class Bare {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** A route as the generator knows it. */
export interface RouteSpec {
  readonly method: string
  /** Below `/api/2.0/mlflow/`; or from the root, where it begins with a slash. */
  readonly path: string
  readonly version?: '2.0' | '3.0'
  /** Only under `/ajax-api`. */
  readonly ajaxOnly?: boolean
  /** Fields that must be there. */
  readonly required?: readonly string[]
  /** Nothing is changed by it, so that a value of a wrong type cannot set the two servers apart. */
  readonly reads?: boolean
  /** Other methods that the path has. */
  readonly methods?: readonly string[]
}

/** A call before it is spoiled and written: its ids are symbols, its fields apart. */
export interface Draft {
  readonly route: RouteSpec
  readonly fields: FieldMap
  /** Names and symbols of what it touches, to find related calls. */
  readonly about: readonly string[]
  /** The symbol that stands for an id in the answer, and where it is. */
  readonly binds?: { readonly symbol: string; readonly path: readonly string[] }
  /** Told when MLflow took the call, so that later calls know what is there. */
  readonly learn?: (fields: FieldMap, body: unknown) => void
  /** What is wrong with it, in a word; absent where the call should pass. */
  readonly flaw?: string
  /** A body that is no fields: sent as it is. */
  readonly raw?: { readonly body: string | Uint8Array; readonly type?: string | null }
  /** What the call is about differs between the servers: later calls must not read it. */
  readonly spoilable?: boolean
}

/** A call as it is sent, but for its symbols. */
export interface Call extends Draft {
  readonly method: string
  readonly path: string
  readonly query: readonly (readonly [string, string])[]
  readonly body: string | Uint8Array | null
  readonly contentType: string | null
}

/** A call in one line, for people. */
export function showCall(call: Call): string {
  const query = call.query.map(([name, value]) => `${name}=${value}`).join('&')
  const body = typeof call.body === 'string' ? ` ${call.body}` : ''
  const type = call.contentType === 'application/json' ? '' : ` [${call.contentType ?? 'no type'}]`
  const flaw = call.flaw === undefined ? '' : ` (${call.flaw})`
  const target = `${call.path}${query === '' ? '' : '?'}${query}`
  return shorten(`${call.method} ${target}${body}${body === '' ? '' : type}${flaw}`)
}

/** A text that is too long to read, cut in the middle. */
export function shorten(text: string, length = 700): string {
  if (text.length <= length) return text
  return `${text.slice(0, length / 2)} ...${text.length - length} more... ${text.slice(-length / 2)}`
}

/** A symbol of an id that each server makes up by itself; put in its place when the call is sent. */
export const SYMBOL = /⟦[a-z]+\d+⟧/g

/** A value with each symbol replaced by what `resolve` gives for it. */
export function replaceSymbols<T extends string>(
  text: T,
  ids: ReadonlyMap<string, string>,
): string {
  return text.replace(SYMBOL, (symbol) => ids.get(symbol) ?? `unbound-${symbol.slice(1, -1)}`)
}

/** JSON with bigints as digits and bare tokens as they are. */
export function toJson(value: Value | undefined): string {
  if (value instanceof Bare) return value.text
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return `[${value.map(toJson).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  return `{${entries.map(([name, one]) => `${JSON.stringify(name)}: ${toJson(one)}`).join(', ')}}`
}
