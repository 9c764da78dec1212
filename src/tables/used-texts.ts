import type { TextColumn } from '../entities/column-table.js'

/** The same column, without texts that no row has where the dictionary is longer than the column. */
export function usedTexts(column: TextColumn): TextColumn {
  if (column.dictionary.length <= column.codes.length) return column
  const places = new Map<number, number>()
  const dictionary: string[] = []
  const codes = column.codes.map((code) => {
    if (code < 0) return -1
    const place = places.get(code) ?? dictionary.push(column.dictionary[code] ?? '') - 1
    places.set(code, place)
    return place
  })
  return { ...column, codes, dictionary }
}
