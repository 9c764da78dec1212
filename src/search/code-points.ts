const FIRST_SURROGATE = 0xd800
const LAST_SURROGATE = 0xdfff

/**
 * Orders texts by code point, as SQLite's BINARY collation orders their UTF-8: negative where `a` comes first, 0 where
 * they are equal. JavaScript's own `<` compares UTF-16 units, which puts U+1F600 before U+FFFD.
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

/** A surrogate stands for a code point past every unit that is none. */
function rank(unit: number): number {
  return unit >= FIRST_SURROGATE && unit <= LAST_SURROGATE ? unit + 0x10000 : unit
}
