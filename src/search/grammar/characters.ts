// The classes of characters that the tokenizer's rules are made of, as Python's regular expressions have them.

const WORD = /[\p{L}\p{N}_]/u
const DIGIT = /\p{Nd}/u
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/
/** A to Z and U+00C0 to U+00DC in either case, with the letters that fold to them. */
const LATIN = /[A-Za-z\xc0-\xdc\xe0-\xf6\xf8-\xfc\u0130\u0131\u017f\u212a\u212b]/

/** The character at `at`, which may be two units long; empty past the end. */
export function charAt(text: string, at: number): string {
  const code = text.codePointAt(at)
  return code === undefined ? '' : code < 0x10000 ? text[at]! : String.fromCodePoint(code)
}

/** A letter or digit of any script, or `_`. */
export function isWord(char: string): boolean {
  return WORD.test(char)
}

/** A decimal digit of any script. */
export function isDigit(char: string): boolean {
  return DIGIT.test(char)
}

/** White space, line feeds too. */
export function isSpace(char: string): boolean {
  return SPACE.test(char)
}

/** A letter with which SQL's own words and names start. */
export function isLatin(char: string): boolean {
  return LATIN.test(char)
}

/** The end of the run of characters from `at` that `is` takes. */
export function runEnd(text: string, at: number, is: (char: string) => boolean): number {
  let end = at
  for (let char = charAt(text, end); char !== '' && is(char); char = charAt(text, end))
    end += char.length
  return end
}

/** Whether the character before `at` is one of a word's. */
export function followsWord(text: string, at: number): boolean {
  if (at === 0) return false
  const low = text.charCodeAt(at - 1)
  const isLow = low >= 0xdc00 && low <= 0xdfff
  return isWord(isLow && at > 1 ? charAt(text, at - 2) : text[at - 1]!)
}
