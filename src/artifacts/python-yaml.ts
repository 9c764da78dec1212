import {
  compareCodePoints,
  pythonDate,
  pythonNumber,
  toPythonValue,
  type PythonValue,
} from './python-value.js'
import { YamlPrinter } from './yaml-printer.js'
import { looksTyped, scalarTraits } from './yaml-scalar.js'

const LONGEST_SIMPLE_KEY = 122

/**
 * A value as PyYAML's `dump(value, default_flow_style=False)` writes it: block style, keys sorted, ASCII,
 * long texts folded, and anchors where one list or object stands in several places.
 */
export function toPythonYaml(value: unknown): string {
  const writer = new Writer(value)
  return writer.document(value)
}

/** `key`: a simple key. `value`: behind a key. `item`: behind a dash, or the root. */
type Place = 'key' | 'value' | 'item'

class Writer {
  readonly #printer = new YamlPrinter()
  readonly #anchors: ReadonlyMap<object, string>
  readonly #anchored = new Set<object>()

  constructor(root: unknown) {
    this.#anchors = findAnchors(root)
  }

  document(root: unknown): string {
    const shape = toPythonValue(root)
    this.#printer.indent = 0
    const open = this.#node(root, 'item', true)
    this.#printer.endLine()
    if (open && shape.t !== 'list' && shape.t !== 'dict') return `${this.#printer.text}...\n`
    return this.#printer.text
  }

  /** True when the text ends without a mark of its end. */
  #node(value: unknown, place: Place, root = false): boolean {
    const anchor =
      typeof value === 'object' && value !== null ? this.#anchors.get(value) : undefined
    if (anchor !== undefined && this.#anchored.has(value as object)) {
      this.#printer.indicator(`*${anchor}`)
      return false
    }
    if (anchor !== undefined) {
      this.#anchored.add(value as object)
      this.#printer.indicator(`&${anchor}`)
    }
    const shape = toPythonValue(value)
    if (shape.t === 'list') this.#list(shape.items, place, root)
    else if (shape.t === 'dict') this.#dict(shape.entries, root)
    else return this.#scalar(shape, place)
    return false
  }

  #list(items: readonly unknown[], place: Place, root: boolean): void {
    if (items.length === 0) return this.#printer.indicator('[]')
    const outdented = place === 'value' && !this.#printer.leading
    this.#indented(root || outdented ? 0 : 2, () => {
      for (const item of items) {
        this.#printer.beginEntry()
        this.#printer.indicator('-', { leading: true })
        this.#node(item, 'item')
      }
    })
  }

  #dict(entries: readonly (readonly [unknown, unknown])[], root: boolean): void {
    if (entries.length === 0) return this.#printer.indicator('{}')
    this.#indented(root ? 0 : 2, () => {
      for (const [key, value] of sorted(entries)) {
        this.#printer.beginEntry()
        this.#key(key)
        this.#node(value, 'value')
      }
    })
  }

  #key(key: unknown): void {
    const shape = toPythonValue(key)
    if (isSimpleKey(shape)) {
      this.#node(key, 'key')
      return this.#printer.indicator(':', { spaceBefore: false })
    }
    this.#printer.indicator('?', { leading: true })
    this.#node(key, 'item')
    this.#printer.beginEntry()
    this.#printer.indicator(':', { leading: true })
  }

  #indented(by: number, write: () => void): void {
    this.#printer.indent += by
    write()
    this.#printer.indent -= by
  }

  #scalar(shape: PythonValue, place: Place): boolean {
    const fold = place !== 'key'
    if (shape.t !== 'text') {
      this.#printer.plain(scalarText(shape), fold)
      return true
    }
    const text = shape.value
    const traits = scalarTraits(text)
    if (traits.plain && !looksTyped(text)) {
      this.#indented(2, () => this.#printer.plain(text, fold))
      return true
    }
    this.#indented(2, () => {
      if (traits.singleQuoted) this.#printer.singleQuoted(text, fold)
      else this.#printer.doubleQuoted(text, fold)
    })
    return false
  }
}

function isSimpleKey(shape: PythonValue): boolean {
  if (shape.t !== 'text') return shape.t !== 'list' && shape.t !== 'dict'
  const length = Array.from(shape.value).length
  return length > 0 && length <= LONGEST_SIMPLE_KEY && !scalarTraits(shape.value).multiline
}

function scalarText(shape: PythonValue): string {
  if (shape.t === 'bool') return String(shape.value)
  if (shape.t === 'date') return pythonDate(shape.value)
  if (shape.t !== 'number') return 'null'
  const text = pythonNumber(shape.value)
  if (text === 'nan' || text.endsWith('inf')) return text.replace(/(?=[ni])/, '.').slice(0, 5)
  return text.includes('.') ? text : text.replace('e', '.0e')
}

function sorted(
  entries: readonly (readonly [unknown, unknown])[],
): readonly (readonly [unknown, unknown])[] {
  if (entries.every(([key]) => typeof key === 'string'))
    return entries.toSorted(([a], [b]) => compareCodePoints(a as string, b as string))
  if (entries.every(([key]) => typeof key === 'number' || typeof key === 'bigint'))
    return entries.toSorted(([a], [b]) => ((a as number) < (b as number) ? -1 : 1))
  return entries
}

/** Names for what stands in several places, in the order in which the second places come. */
function findAnchors(root: unknown): ReadonlyMap<object, string> {
  const seen = new Set<object>()
  const anchors = new Map<object, string>()
  const visit = (value: unknown): void => {
    const shape = toPythonValue(value)
    if (shape.t !== 'list' && shape.t !== 'dict') return
    const object = value as object
    if (seen.has(object)) {
      if (!anchors.has(object))
        anchors.set(object, `id${String(anchors.size + 1).padStart(3, '0')}`)
      return
    }
    seen.add(object)
    if (shape.t === 'list') shape.items.forEach(visit)
    else for (const [, member] of sorted(shape.entries)) visit(member)
  }
  visit(root)
  return anchors
}
