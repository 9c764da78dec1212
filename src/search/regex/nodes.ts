/** One character that a pattern stands for. */
export type CharTest = (codePoint: number) => boolean

/** A place between characters. */
export type Edge =
  'text-start' | 'text-end' | 'line-start' | 'line-end' | 'last-line-end' | 'word' | 'no-word'

/** A pattern as a tree. */
export type Node =
  | { readonly kind: 'char'; readonly test: CharTest }
  | { readonly kind: 'edge'; readonly edge: Edge }
  | { readonly kind: 'all'; readonly items: readonly Node[] }
  | { readonly kind: 'any'; readonly items: readonly Node[] }
  | {
      readonly kind: 'repeat'
      readonly item: Node
      readonly min: number
      /** Infinity for no end. */
      readonly max: number
    }

/** What the flags of a pattern change. */
export interface Flags {
  readonly ignoreCase: boolean
  readonly multiLine: boolean
  readonly dotAll: boolean
}

/** Whether a character is one of words to Python: a letter or digit of any script, or `_`. */
export function isWord(codePoint: number): boolean {
  if (codePoint < 0x80)
    return (
      (codePoint >= 0x61 && codePoint <= 0x7a) ||
      (codePoint >= 0x41 && codePoint <= 0x5a) ||
      (codePoint >= 0x30 && codePoint <= 0x39) ||
      codePoint === 0x5f
    )
  return /^[\p{L}\p{N}]$/u.test(String.fromCodePoint(codePoint))
}

/** Whether a character is a decimal digit of any script. */
export function isDigit(codePoint: number): boolean {
  if (codePoint < 0x80) return codePoint >= 0x30 && codePoint <= 0x39
  return /^\p{Nd}$/u.test(String.fromCodePoint(codePoint))
}

/** Whether a character is white space to Python. */
export function isSpace(codePoint: number): boolean {
  if (codePoint < 0x80)
    return (
      codePoint === 0x20 ||
      (codePoint >= 9 && codePoint <= 13) ||
      (codePoint >= 28 && codePoint <= 31)
    )
  return (
    codePoint === 0x85 || (codePoint !== 0xfeff && /^\s$/u.test(String.fromCodePoint(codePoint)))
  )
}

/** Whether a character is this one, or differs from it in case alone if so asked. */
export function sameChar(wanted: number, ignoreCase: boolean): CharTest {
  if (!ignoreCase) return (codePoint) => codePoint === wanted
  const forms = casesOf(wanted)
  return (codePoint) => forms.includes(codePoint)
}

/** A character in both cases. */
export function casesOf(codePoint: number): readonly number[] {
  const char = String.fromCodePoint(codePoint)
  const forms = [char, char.toLowerCase(), char.toUpperCase()]
  return forms.filter((form) => Array.from(form).length === 1).map((form) => form.codePointAt(0)!)
}
