/** What `action` gives for each item, in their order, with at most `together` at work at once. */
export async function mapSome<T, R>(
  items: readonly T[],
  together: number,
  action: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length)
  let next = 0
  const work = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await action(items[at]!)
  }
  await Promise.all(Array.from({ length: Math.min(together, items.length) }, work))
  return results
}
