const SPACE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
const WORDS: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  // Python's reader knows these three; a request that holds one is then told where.
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]
const DEEPEST = 200
const LONG_INTEGER = /(?<![\d.])\d{16}/

/**
 * What a JSON text says, with integers beyond 2^53 as bigints, which `JSON.parse` would round; undefined where the
 * text is no JSON, or nests deeper than any request does. `NaN` and `Infinity` are read as Python reads them.
 */
export function readJson(text: string): unknown {
  try {
    return readQuickly(text) ?? new JsonReader(text).read()
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** By the platform's own reader, where it reads the same; undefined where it might not. */
function readQuickly(text: string): unknown {
  if (LONG_INTEGER.test(text) || isDeep(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether brackets nest deeper than `DEEPEST`, or strings do not end. */
function isDeep(text: string): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 0x22) {
      at = endOfString(text, at)
      if (at === -1) return true
    } else if (unit === 0x5b || unit === 0x7b) {
      if (++depth > DEEPEST) return true
    } else if (unit === 0x5d || unit === 0x7d) depth--
  }
  return false
}

/** Where the quote is that ends the string beginning at `start`; -1 where there is none. */
function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start + 1)
  while (at !== -1 && isEscaped(text, at)) at = text.indexOf('"', at + 1)
  return at
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0
  while (text.charCodeAt(at - slashes - 1) === 0x5c) slashes++
  return slashes % 2 === 1
}

class JsonReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): unknown {
    this.#skipSpace()
    const value = this.#value(0)
    if (this.#at < this.#text.length) throw new SyntaxError('text behind the value')
    return value
  }

  #value(depth: number): unknown {
    if (depth > DEEPEST) throw new SyntaxError('too deep')
    const value = this.#bareValue(depth)
    this.#skipSpace()
    return value
  }

  #bareValue(depth: number): unknown {
    const first = this.#text[this.#at]
    if (first === '{') return this.#object(depth)
    if (first === '[') return this.#array(depth)
    if (first === '"') return this.#string()
    for (const [word, value] of WORDS)
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length
        return value
      }
    return this.#number()
  }

  #object(depth: number): Record<string, unknown> {
    const entries: [string, unknown][] = []
    this.#list('}', () => {
      const name = this.#string()
      this.#skipSpace()
      this.#expect(':')
      this.#skipSpace()
      entries.push([name, this.#value(depth + 1)])
    })
    // The last of two equal names counts; `__proto__` becomes a name like any other.
    return Object.fromEntries(entries)
  }

  #array(depth: number): unknown[] {
    const items: unknown[] = []
    this.#list(']', () => items.push(this.#value(depth + 1)))
    return items
  }

  #list(end: string, item: () => void): void {
    this.#at++
    this.#skipSpace()
    if (this.#text[this.#at] === end) {
      this.#at++
      return
    }
    for (;;) {
      item()
      this.#skipSpace()
      if (this.#text[this.#at] === end) break
      this.#expect(',')
      this.#skipSpace()
    }
    this.#at++
  }

  #string(): string {
    const start = this.#at
    this.#expect('"')
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at++)
      if (Number.isNaN(unit)) throw new SyntaxError('no end of a string')
      if (unit === 0x22) break
      if (unit === 0x5c) this.#at++
    }
    return JSON.parse(this.#text.slice(start, this.#at)) as string
  }

  #number(): number | bigint {
    NUMBER.lastIndex = this.#at
    const match = NUMBER.exec(this.#text)
    if (match === null) throw new SyntaxError('no value')
    this.#at += match[0].length
    const number = Number(match[0])
    const isInteger = match[1] === undefined && match[2] === undefined
    return isInteger && !Number.isSafeInteger(number) ? BigInt(match[0]) : number
  }

  #expect(unit: string): void {
    if (this.#text[this.#at] !== unit) throw new SyntaxError(`no ${unit}`)
    this.#at++
  }

  #skipSpace(): void {
    SPACE.lastIndex = this.#at
    SPACE.test(this.#text)
    this.#at = SPACE.lastIndex
  }
}
