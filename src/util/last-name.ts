/** The last name of a path with `/`. */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
