import { FrameColumn } from './frame-column.js'
import { compareCodePoints } from './code-points.js'

const KEPT_INDEX = 1024

/**
 * The texts of one param, tag or attribute over the rows of a frame, as codes of a dictionary: a pattern is matched
 * once for each distinct text. A long dictionary keeps no index of its texts; then a text may come to stand in it twice.
 */
export class TextCells {
  readonly column: FrameColumn
  #texts: string[] = []
  #index: Map<string, number> | null = new Map()
  #ranks: Int32Array | null = null
  #numbers: Float64Array | null = null
  #characters = 0

  /** `texts` is the dictionary of the codes in `column`. */
  constructor(column = new FrameColumn([new Int32Array(0)]), texts: string[] = []) {
    this.column = column
    this.#load(texts)
  }

  /** The distinct texts, by code. */
  get texts(): readonly string[] {
    return this.#texts
  }

  /** The codes, by slot of `column`. */
  get codes(): Int32Array {
    return this.column.parts[0] as Int32Array
  }

  /** Bytes that they take, about. */
  get bytes(): number {
    const perText = this.#index === null ? 32 : 80
    return this.column.bytes + this.#texts.length * perText + this.#characters
  }

  /** Stores a row's text. */
  set(row: number, text: string, rowCount: number): void {
    const before = this.column.slot(row)
    if (before >= 0 && this.#texts[this.codes[before]!] === text) return
    const slot = this.column.place(row, rowCount)
    this.codes[slot] = this.#encode(text)
    if (this.#texts.length > 2 * this.column.count + KEPT_INDEX) this.compact()
  }

  /** A row's text; undefined where it has none. */
  get(row: number): string | undefined {
    const slot = this.column.slot(row)
    return slot < 0 ? undefined : this.#texts[this.codes[slot]!]
  }

  /** Forgets a row's text. */
  remove(row: number): void {
    this.column.remove(row)
  }

  /** The place of each code's text in the order of code points; equal texts share one. */
  ranks(): Int32Array {
    this.#ranks ??= ranksOf(this.#texts)
    return this.#ranks
  }

  /** What each code's text is as a number, by `parse`, which is always the same one; kept until a text is added. */
  numbers(parse: (texts: readonly string[]) => Float64Array): Float64Array {
    this.#numbers ??= parse(this.#texts)
    return this.#numbers
  }

  /** Gives up the index of a dictionary that has grown long: it costs more than it saves once a frame is built. */
  settle(): void {
    if (this.#texts.length > KEPT_INDEX) this.#index = null
  }

  #load(texts: string[]): void {
    this.#texts = texts
    this.#index = texts.length > KEPT_INDEX ? null : new Map(texts.map((text, i) => [text, i]))
    this.#characters = texts.reduce((sum, text) => sum + text.length, 0)
    this.#ranks = null
    this.#numbers = null
  }

  /** Drops the texts that no row has any more. */
  compact(): void {
    const { present, rows, count } = this.column
    const old = this.#texts
    this.#load([])
    this.#index = new Map()
    const slots = present === null ? count : present.length
    for (let slot = 0; slot < slots; slot++) {
      if (present !== null && present[slot] === 0) continue
      if (rows !== null && slot >= count) break
      this.codes[slot] = this.#encode(old[this.codes[slot]!]!)
    }
    this.settle()
  }

  #encode(text: string): number {
    const known = this.#index?.get(text)
    if (known !== undefined) return known
    const code = this.#texts.push(text) - 1
    this.#index?.set(text, code)
    this.#characters += text.length
    this.#ranks = null
    this.#numbers = null
    return code
  }
}

function ranksOf(texts: readonly string[]): Int32Array {
  const order = Array.from(texts.keys()).sort((a, b) => compareCodePoints(texts[a]!, texts[b]!))
  const ranks = new Int32Array(texts.length)
  let rank = -1
  let last: string | null = null
  for (const code of order) {
    if (texts[code] !== last) rank++
    last = texts[code]!
    ranks[code] = rank
  }
  return ranks
}
