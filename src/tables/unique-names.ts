/** The same names, each once: of those that repeat, later ones get the first free ending of `_1`, `_2`, ... */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set(names)
  const seen = new Set<string>()
  const next = new Map<string, number>()
  return names.map((name) => {
    if (!seen.has(name)) {
      seen.add(name)
      return name
    }
    let number = next.get(name) ?? 1
    while (taken.has(`${name}_${number}`)) number++
    next.set(name, number + 1)
    return `${name}_${number}`
  })
}
