const queues = new WeakMap<object, Map<string, Promise<unknown>>>()

/** Runs `work` after all earlier work of the same owner and key has settled: for reading, changing and writing back. */
export async function oneAtATime<T>(
  owner: object,
  key: string,
  work: () => Promise<T>,
): Promise<T> {
  const queue = queues.get(owner) ?? new Map<string, Promise<unknown>>()
  queues.set(owner, queue)
  const result = (queue.get(key) ?? Promise.resolve()).then(work)
  const settled = result.catch(() => undefined)
  queue.set(key, settled)
  try {
    return await result
  } finally {
    if (queue.get(key) === settled) queue.delete(key)
  }
}
