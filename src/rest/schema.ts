import type { Int64 } from '../entities/int64.js'
import type { JsonValue } from '../entities/json-value.js'

/** The kind of value that a field of MLflow's protocol has. */
export type FieldKind =
  | 'text'
  | 'int64'
  | 'double'
  | 'bool'
  | 'enum'
  | 'message'
  | 'list'
  | 'map'
  | 'time'
  | 'duration'
  | 'json'

/** One field of a message; made by `text`, `int64`, `list` and so on. */
export interface Field {
  readonly kind: FieldKind
  /** Absent, null and '' are "Missing value for required parameter". */
  readonly required?: boolean
  /** An older name, also taken: `run_uuid` for `run_id`. */
  readonly alias?: string
  /** A value that cannot be read counts as absent, as MLflow's server has it; else it is refused. */
  readonly lenient?: boolean
  /** For 'enum': number to name, as the protocol counts. */
  readonly names?: Readonly<Record<number, string>>
  /** For 'list': what its items are. */
  readonly item?: Field
  /** For 'message': its fields. */
  readonly fields?: Message
}

/** The fields of a request, or of an object within one. */
export type Message = Readonly<Record<string, Field>>

/** What a field is once it is read. */
export type FieldValue<F extends Field> = F['kind'] extends 'text'
  ? string
  : F['kind'] extends 'int64'
    ? Int64
    : F['kind'] extends 'double'
      ? number
      : F['kind'] extends 'bool'
        ? boolean
        : F extends { readonly kind: 'enum'; readonly names: Readonly<Record<number, infer N>> }
          ? N
          : F extends { readonly kind: 'list'; readonly item: infer I extends Field }
            ? readonly FieldValue<I>[]
            : F extends { readonly kind: 'message'; readonly fields: infer M extends Message }
              ? Fields<M>
              : FieldValueOfKind<F['kind']>

type FieldValueOfKind<K extends FieldKind> = K extends 'map'
  ? Readonly<Record<string, string>>
  : K extends 'time' | 'duration'
    ? number
    : K extends 'json'
      ? JsonValue
      : never

/** A message once it is read: absent fields are undefined, but lists that are absent are empty. */
export type Fields<M extends Message> = {
  readonly [K in keyof M]: M[K] extends { readonly required: true } | { readonly kind: 'list' }
    ? FieldValue<M[K]>
    : FieldValue<M[K]> | undefined
}

/** A string. */
export const text = { kind: 'text' } as const

/** A 64-bit integer: a JSON number or decimal text; exact beyond 2^53. */
export const int64 = { kind: 'int64' } as const

/** A double: a JSON number or text such as `NaN`. */
export const double = { kind: 'double' } as const

/** A truth value. */
export const bool = { kind: 'bool' } as const

/** An object whose members are all texts. */
export const map = { kind: 'map' } as const

/** A moment as RFC 3339 text, in epoch milliseconds. */
export const time = { kind: 'time' } as const

/** A duration as text such as `1.5s`, in milliseconds. */
export const duration = { kind: 'duration' } as const

/** Anything that JSON can say; null counts as absent. */
export const json = { kind: 'json' } as const

/** A field that must be there and not be empty. */
export function required<const F extends Field>(field: F): F & { readonly required: true } {
  return { ...field, required: true }
}

/** A field that an older client calls `alias`. */
export function alias<const F extends Field>(field: F, alias: string): F & { alias: string } {
  return { ...field, alias }
}

/** A field whose unreadable value counts as absent. */
export function lenient<const F extends Field>(field: F): F & { readonly lenient: true } {
  return { ...field, lenient: true }
}

/** One of `names`, by name or by number. */
export function choice<const N extends Readonly<Record<number, string>>>(names: N) {
  return { kind: 'enum', names } as const
}

/** A list; empty where absent. */
export function list<const F extends Field>(item: F) {
  return { kind: 'list', item } as const
}

/** An object with these fields. */
export function message<const M extends Message>(fields: M) {
  return { kind: 'message', fields } as const
}

/** `{key, value}` as MLflow's tags and params are; a value that is absent is ''. */
export const keyValue = message({ key: required(text), value: text })
