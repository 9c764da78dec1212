const PERCENT = 0x25
const UNDERSCORE = 0x5f
const TO_LOWER_CASE = 0x20

/** How a pattern is matched. */
export interface LikeOptions {
  /** `ascii` takes A to Z and a to z for the same; letters of other scripts stay apart. */
  readonly ignoreCase: 'no' | 'ascii'
}

/**
 * SQL's LIKE, as SQLite has it: `%` stands for any text, `_` for one code point, all else for itself; nothing escapes.
 * The test takes at most pattern times text steps.
 */
export function compileLike(
  pattern: string,
  { ignoreCase }: LikeOptions,
): (text: string) => boolean {
  const fold = ignoreCase === 'ascii' ? foldAscii : (unit: number): number => unit
  const units = Array.from({ length: pattern.length }, (_, i) => fold(pattern.charCodeAt(i)))
  return (text) => isLike(text, units, fold)
}

/** After a mismatch the last `%` takes one character more, and what follows it is tried again. */
function isLike(text: string, pattern: readonly number[], fold: (unit: number) => number): boolean {
  let [at, next] = [0, 0]
  let [resumeAt, resumeNext] = [0, -1]
  while (at < text.length) {
    const wanted = pattern[next]
    if (wanted === PERCENT) {
      resumeNext = ++next
      resumeAt = at
    } else if (wanted === UNDERSCORE) {
      at += width(text, at)
      next++
    } else if (wanted !== undefined && wanted === fold(text.charCodeAt(at))) {
      at++
      next++
    } else {
      if (resumeNext < 0) return false
      resumeAt += width(text, resumeAt)
      ;[at, next] = [resumeAt, resumeNext]
    }
  }
  while (pattern[next] === PERCENT) next++
  return next === pattern.length
}

/** The units of the code point at `at`. */
function width(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
}

function foldAscii(unit: number): number {
  return unit >= 0x41 && unit <= 0x5a ? unit + TO_LOWER_CASE : unit
}
