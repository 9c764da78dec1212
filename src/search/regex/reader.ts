/** Why a pattern cannot be used, in words that end a sentence. */
export class RegexFault extends Error {}

/** Goes over a pattern, code point by code point. */
export class PatternReader {
  readonly #pattern: string
  #at = 0

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  atEnd(): boolean {
    return this.#at >= this.#pattern.length
  }

  /** The character here; '' at the end. */
  peek(): string {
    const code = this.#pattern.codePointAt(this.#at)
    return code === undefined ? '' : String.fromCodePoint(code)
  }

  /** The same, and past it; RegexFault at the end. */
  next(): string {
    const char = this.peek()
    if (char === '') throw new RegexFault('it ends too early')
    this.#at += char.length
    return char
  }

  /** Goes past this character, if it is here. */
  takeChar(char: string): boolean {
    if (!this.#pattern.startsWith(char, this.#at)) return false
    this.#at += char.length
    return true
  }

  /** Goes past what a form, anchored at its start, finds here. */
  take(form: RegExp): RegExpExecArray | null {
    const match = form.exec(this.#pattern.slice(this.#at))
    if (match !== null) this.#at += match[0].length
    return match
  }
}
