import { charAt, followsWord, isDigit, isLatin, isWord, runEnd } from './characters.js'

const HEX_DIGIT = /[\da-fA-F]/

/**
 * The end of a quoted text that opens at `at`; null where it is not closed. The quote doubled, and in `'` and `"` a
 * backslash before it, do not close it, unless no other quote does: then the last of those does.
 */
export function quotedEnd(text: string, at: number): number | null {
  const quote = text[at]!
  const backslash = quote === "'" || quote === '"'
  let lastEscaped: number | null = null
  for (let i = at + 1; i < text.length; i++) {
    if (backslash && text[i] === '\\' && text[i + 1] === quote) lastEscaped = ++i + 1
    else if (text[i] === quote) {
      if (text[i + 1] !== quote) return i + 1
      lastEscaped = i + 1
      i++
    }
  }
  return lastEscaped
}

/** The end of a name in square brackets; null where there is none at `at`. */
export function bracketedEnd(text: string, at: number): number | null {
  const before = text[at - 1]
  if (before === ']' || before === ')' || followsWord(text, at)) return null
  let end = at + 1
  while (end < text.length && text[end] !== '[' && text[end] !== ']') end++
  return end > at + 1 && text[end] === ']' ? end + 1 : null
}

/** Where the block comments and the `$tag$ ... $tag$` literals of a text end; each text is looked through once. */
export class Delimiters {
  readonly #text: string
  #hasUnclosedComment = false
  /** The places of each tag; null until one is asked for. */
  #places: Map<string, number[]> | null = null

  constructor(text: string) {
    this.#text = text
  }

  /** The end of the block comment that opens at `at`; null where none does. */
  commentEnd(at: number): number | null {
    if (this.#text[at + 1] !== '*' || this.#hasUnclosedComment) return null
    const close = this.#text.indexOf('*/', at + (this.#text[at + 2] === '+' ? 3 : 2))
    this.#hasUnclosedComment = close < 0
    return close < 0 ? null : close + 2
  }

  /** The end of the `$` literal that opens at `at`; null where none does. */
  literalEnd(at: number): number | null {
    const before = this.#text[at - 1]
    if (before === '"' || before === '$' || followsWord(this.#text, at)) return null
    const tag = this.#tagAt(at)
    if (tag === null) return null
    const places = (this.#places ??= this.#findAll()).get(tag) ?? []
    const close = firstFrom(places, at + tag.length)
    return close === undefined ? null : close + tag.length
  }

  #tagAt(at: number): string | null {
    const first = charAt(this.#text, at + 1)
    const end = first === '_' || isLatin(first) ? runEnd(this.#text, at + 1, isWord) : at + 1
    return this.#text[end] === '$' ? this.#text.slice(at, end + 1) : null
  }

  #findAll(): Map<string, number[]> {
    const places = new Map<string, number[]>()
    for (let at = this.#text.indexOf('$'); at >= 0; at = this.#text.indexOf('$', at + 1)) {
      const tag = this.#tagAt(at)
      if (tag === null) continue
      const known = places.get(tag)
      if (known === undefined) places.set(tag, [at])
      else known.push(at)
    }
    return places
  }
}

function firstFrom(places: readonly number[], from: number): number | undefined {
  let [low, high] = [0, places.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (places[middle]! < from) low = middle + 1
    else high = middle
  }
  return places[low]
}

/** The number at `at`, which may start with a minus and needs no digit before its point; null where there is none. */
export function numberAt(
  text: string,
  at: number,
): readonly ['hex' | 'float' | 'integer', number] | null {
  const start = text[at] === '-' ? at + 1 : at
  const whole = runEnd(text, start, isDigit)
  if (whole > start) {
    const hex = hexEnd(text, start)
    if (hex !== null) return ['hex', hex]
    const power = powerEnd(text, whole)
    if (power !== null) return ['float', power]
  }
  if (text[whole] === '.') {
    const fraction = runEnd(text, whole + 1, isDigit)
    const shortest = whole > start ? whole + 1 : whole + 2
    const end = beforeLetter(text, fraction, shortest)
    if (end !== null) return ['float', end]
  }
  const end = whole > start ? beforeLetter(text, whole, start + 1) : null
  return end === null ? null : ['integer', end]
}

function hexEnd(text: string, at: number): number | null {
  if (text[at] !== '0' || (text[at + 1] !== 'x' && text[at + 1] !== 'X')) return null
  const end = runEnd(text, at + 2, (char) => HEX_DIGIT.test(char) || isDigit(char))
  return end > at + 2 ? end : null
}

/** The end of a number whose whole part ends at `whole` and that has an exponent, which may have a minus. */
function powerEnd(text: string, whole: number): number | null {
  const fraction = text[whole] === '.' ? runEnd(text, whole + 1, isDigit) : whole
  const sign = fraction === whole + 1 ? whole : fraction
  if (text[sign] !== 'e' && text[sign] !== 'E') return null
  const start = text[sign + 1] === '-' ? sign + 2 : sign + 1
  const end = runEnd(text, start, isDigit)
  return end > start ? end : null
}

/** A number does not end before a letter: it leaves its last digit to it, and is none where that was its only one. */
function beforeLetter(text: string, end: number, shortest: number): number | null {
  if (end < shortest) return null
  const next = charAt(text, end)
  if (next !== '_' && !isLatin(next)) return end
  const low = text.charCodeAt(end - 1)
  const shorter = low >= 0xdc00 && low <= 0xdfff ? end - 2 : end - 1
  return shorter < shortest ? null : shorter
}
