/**
 * Splits a text into words as a POSIX shell does (Python's `shlex.split`): at white space, with quotes taken away and
 * backslashes escaping. Null where a quote is not closed or a backslash ends the text.
 */
export function shellWords(text: string): string[] | null {
  const words: string[] = []
  let word: string | null = null
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!
    if (char === ' ' || char === '\t' || char === '\r' || char === '\n') {
      if (word !== null) words.push(word)
      word = null
    } else if (char === '"' || char === "'") {
      const end = closingQuote(text, i)
      if (end === null) return null
      word = (word ?? '') + inside(text.slice(i + 1, end), char)
      i = end
    } else if (char === '\\') {
      if (++i === text.length) return null
      word = (word ?? '') + text[i]!
    } else word = (word ?? '') + char
  }
  return word === null ? words : [...words, word]
}

function closingQuote(text: string, at: number): number | null {
  const quote = text[at]!
  for (let i = at + 1; i < text.length; i++) {
    if (quote === '"' && text[i] === '\\') i++
    else if (text[i] === quote) return i
  }
  return null
}

/** Within double quotes a backslash escapes only them and itself. */
function inside(text: string, quote: string): string {
  return quote === '"' ? text.replace(/\\(["\\])/g, '$1') : text
}
