/** The same items, each asked for when `count` others are still to be used: those may be under way meanwhile. */
export async function* ahead<T>(
  items: AsyncIterable<T>,
  count: number,
): AsyncGenerator<T, void, undefined> {
  const ready: T[] = []
  for await (const item of items) {
    ready.push(item)
    if (ready.length > count) yield ready.shift()!
  }
  yield* ready
}
