import type { TextColumn } from '../entities/column-table.js'

/** Texts, null where missing, as a column that holds each text once. */
export function textColumn(name: string, texts: readonly (string | null)[]): TextColumn {
  const known = new Map<string, number>()
  const codes = new Int32Array(texts.length)
  for (const [row, text] of texts.entries()) {
    if (text !== null && !known.has(text)) known.set(text, known.size)
    codes[row] = text === null ? -1 : known.get(text)!
  }
  return { kind: 'text', name, codes, dictionary: [...known.keys()] }
}
