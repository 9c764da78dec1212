import type { ByteSource } from '../import/byte-source.js'

/** Bytes read at a time: the entries of a few small files, which mostly lie one after another. */
const WINDOW = 256 * 1024

/** The same bytes, with the few that are asked for taken out of many that were read at once. */
export function windowed(source: ByteSource): ByteSource {
  let [from, to] = [0, 0]
  let bytes: Promise<Uint8Array> = Promise.resolve(new Uint8Array(0))
  const move = (start: number): void => {
    from = start
    to = Math.min(source.size, start + WINDOW)
    bytes = source.read(from, to)
    // Who asked for it is told; the next one who asks tries again.
    bytes.catch(() => (to = from))
  }
  return {
    size: source.size,
    async read(start, end) {
      if (end - start >= WINDOW) return source.read(start, end)
      if (start < from || end > to) move(start)
      const at = start - from
      return (await bytes).subarray(at, at + end - start)
    },
    close: () => source.close(),
  }
}
