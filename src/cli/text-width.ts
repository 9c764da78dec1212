const PLAIN = /^[ -~]*$/
/** What would move the cursor, change the terminal or turn the direction of writing, if a name held it. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }
const NO_WIDTH = /[\p{M}\u200b-\u200d\ufeff]/u
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u

/** A text on one line that a terminal shows as it is: control characters as `\n`, `\u001b`. */
export function toVisible(text: string): string {
  if (PLAIN.test(text)) return text
  return text.replace(
    CONTROL,
    (char) => ESCAPES[char] ?? `\\u${char.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  )
}

/** How many places a visible text takes on a terminal: by code point, two for East Asian ones and emoji. */
export function textWidth(text: string): number {
  if (PLAIN.test(text)) return text.length
  let width = 0
  for (const char of text) width += charWidth(char)
  return width
}

/** A text that takes at most `width` places, the last of them an ellipsis where something was cut. */
export function cutText(text: string, width: number): string {
  if (text.length <= width && PLAIN.test(text)) return text
  let used = 0
  let end = 0
  let fits = 0
  for (const char of text) {
    used += charWidth(char)
    if (used > width) return `${text.slice(0, fits)}…`
    end += char.length
    if (used < width) fits = end
  }
  return text
}

/** A text filled up with spaces. */
export function padText(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - textWidth(text)))
  return align === 'left' ? text + space : space + text
}

function charWidth(char: string): number {
  if (NO_WIDTH.test(char)) return 0
  return WIDE.test(char) ? 2 : 1
}
