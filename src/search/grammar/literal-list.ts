import { pythonRepr } from '../../entities/python-text.js'
import { shown, type Fail } from './refusals.js'

const PREFIX = 'While parsing a list in the query, expected'
const STRING_PREFIX = /[rRuU]?(?='|")/y
const OTHER = /(?:-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|None|True|False)(?![\p{L}\p{N}_])/uy
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}
const ESCAPE = /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|(\r\n|[^]))/g

/**
 * The texts of a list such as `('a', "b")`, which MLflow reads as a Python tuple: neighbours without a comma join, and
 * backslashes escape. Refused where it is empty, has anything but texts, or is not well formed.
 */
export function readLiteralList(source: string, fail: Fail): readonly string[] {
  const reader = new ListReader(source, () =>
    fail(`${PREFIX} a non-empty list of string values, but got ill-formed list.`),
  )
  const items = reader.read()
  if (items.length === 0)
    return fail(`${PREFIX} a non-empty list of string values, but got empty list`)
  if (items.every((item) => typeof item === 'string')) return items
  const tuple = items.map((item) => (typeof item === 'string' ? pythonRepr(item) : item.source))
  const text = tuple.length === 1 ? `(${tuple[0]!},)` : `(${tuple.join(', ')})`
  return fail(
    `${PREFIX} string value, punctuation, or whitespace, but got different type in list: ${shown(text)}`,
  )
}

/** What stands in a list: a text, or something else that MLflow names when it refuses it. */
type Item = string | { readonly source: string }

class ListReader {
  readonly #text: string
  readonly #illFormed: () => never
  #at = 1

  constructor(text: string, illFormed: () => never) {
    this.#text = text
    this.#illFormed = illFormed
  }

  read(): Item[] {
    const items: Item[] = []
    for (;;) {
      this.#skipSpace()
      if (this.#text[this.#at] === ')' && this.#at === this.#text.length - 1) return items
      items.push(this.#item())
      this.#skipSpace()
      if (this.#text[this.#at] === ',') this.#at++
      else if (this.#text[this.#at] !== ')') this.#illFormed()
    }
  }

  #skipSpace(): void {
    while (this.#at < this.#text.length && ' \t\n\r\f'.includes(this.#text[this.#at]!)) this.#at++
  }

  #item(): Item {
    OTHER.lastIndex = this.#at
    const other = OTHER.exec(this.#text)?.[0]
    if (other !== undefined) {
      this.#at += other.length
      return { source: other }
    }
    const parts: string[] = []
    for (let part = this.#string(); part !== null; part = this.#string()) {
      parts.push(part)
      this.#skipSpace()
    }
    return parts.length === 0 ? this.#illFormed() : parts.join('')
  }

  /** One text in quotes; null where none stands here. */
  #string(): string | null {
    STRING_PREFIX.lastIndex = this.#at
    const prefix = STRING_PREFIX.exec(this.#text)?.[0]
    if (prefix === undefined) return null
    const start = this.#at + prefix.length
    const quote = this.#text[start]!
    const mark = this.#text.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote
    const end = this.#closing(start + mark.length, mark)
    this.#at = end + mark.length
    const body = this.#text.slice(start + mark.length, end)
    return prefix === 'r' || prefix === 'R' ? body : this.#unescape(body)
  }

  #closing(from: number, mark: string): number {
    for (let i = from; i < this.#text.length; i++) {
      if (this.#text[i] === '\\') i++
      else if (this.#text.startsWith(mark, i)) return i
      else if (mark.length === 1 && (this.#text[i] === '\n' || this.#text[i] === '\r')) break
    }
    return this.#illFormed()
  }

  #unescape(body: string): string {
    return body.replace(
      ESCAPE,
      (whole, octal?: string, x?: string, u?: string, wide?: string, one?: string) => {
        const code = octal === undefined ? parseInt(x ?? u ?? wide ?? '', 16) : parseInt(octal, 8)
        if (code > 0x10ffff) return this.#illFormed()
        if (!Number.isNaN(code)) return String.fromCodePoint(code)
        if (one !== undefined && 'xuUN'.includes(one)) return this.#illFormed()
        return one === '\r' || one === '\r\n' ? '' : (SIMPLE_ESCAPES[one ?? ''] ?? whole)
      },
    )
  }
}
