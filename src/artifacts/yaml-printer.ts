import { escapeInDoubleQuotes } from './yaml-scalar.js'

const WIDTH = 80

/** Lays YAML out as PyYAML does: where lines break, what is indented, how long texts fold at 80 columns. */
export class YamlPrinter {
  #text = ''
  #column = 0
  /** The last thing written ends in white space, so that none is needed before the next. */
  #spaced = true
  /** Only indentation and indicators such as `-` stand on this line so far. */
  #leading = true
  /** Columns that the next line of the current collection begins with. */
  indent = 0

  /** What was written. */
  get text(): string {
    return this.#text
  }

  /** True while only indentation and indicators stand on the line. */
  get leading(): boolean {
    return this.#leading
  }

  /** Writes an indicator, after a space if it needs one. `leading` says that a collection may begin behind it. */
  indicator(text: string, { spaceBefore = true, leading = false } = {}): void {
    this.#put(this.#spaced || !spaceBefore ? text : ` ${text}`)
    this.#spaced = false
    this.#leading &&= leading
  }

  /** Goes to where the next entry of a collection begins: on this line if it can. */
  beginEntry(): void {
    const here = this.#leading && this.#column <= this.indent
    if (!here || (this.#column === this.indent && !this.#spaced)) this.endLine()
    if (this.#column < this.indent) {
      this.#put(' '.repeat(this.indent - this.#column))
      this.#spaced = true
    }
  }

  /** Ends the line. */
  endLine(): void {
    this.#text += '\n'
    this.#column = 0
    this.#spaced = true
    this.#leading = true
  }

  /** Writes a text of one line without quotes, folded between words unless `fold` is false. */
  plain(text: string, fold: boolean): void {
    if (text === '') return
    if (!this.#spaced) this.#put(' ')
    this.#spaced = false
    this.#leading = false
    for (const run of text.match(/ +|[^ ]+/g) ?? []) {
      if (run === ' ' && fold && this.#column > WIDTH) this.#fold()
      else this.#put(run)
    }
  }

  /** Writes a text between single quotes; line feeds become empty lines. */
  singleQuoted(text: string, fold: boolean): void {
    this.indicator("'")
    let at = 0
    for (const run of text.match(/ +|\n+|'|[^ \n']+/g) ?? []) {
      const inside = at !== 0 && at + run.length !== text.length
      at += run.length
      if (run.startsWith('\n')) this.#emptyLines(run.length)
      else if (run === ' ' && fold && inside && this.#column > WIDTH) this.beginEntry()
      else this.#put(run === "'" ? "''" : run)
    }
    this.indicator("'", { spaceBefore: false })
  }

  /** Writes a text between double quotes, escaped to ASCII. */
  doubleQuoted(text: string, fold: boolean): void {
    const chars = Array.from(text)
    let run = ''
    this.indicator('"')
    for (const [index, char] of chars.entries()) {
      const escape = escapeInDoubleQuotes(char)
      if (escape !== null) {
        this.#put(run + escape)
        run = ''
      }
      const inside = index > 0 && index < chars.length - 1
      const foldable = fold && inside && (char === ' ' || run === '')
      const reached = this.#column + (escape === null ? run.length : -1)
      if (foldable && reached > WIDTH) {
        this.#put(`${run}\\`)
        run = ''
        this.#fold()
        if ((escape === null ? char : chars[index + 1]) === ' ') this.#put('\\')
      }
      if (escape === null) run += char
    }
    this.#put(run)
    this.indicator('"', { spaceBefore: false })
  }

  #fold(): void {
    this.beginEntry()
    this.#spaced = false
    this.#leading = false
  }

  #emptyLines(lineFeeds: number): void {
    for (let i = 0; i <= lineFeeds; i++) this.endLine()
    this.beginEntry()
  }

  #put(text: string): void {
    this.#text += text
    this.#column += text.length
  }
}
