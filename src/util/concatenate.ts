/** All parts, back to back; past `most` bytes, what `tooLong` makes is thrown and the rest is not read. */
export async function collectBytes(
  parts: AsyncIterable<Uint8Array>,
  most = Infinity,
  tooLong: () => Error = () => new RangeError(`More than ${most} bytes`),
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const part of parts) {
    size += part.length
    if (size > most) throw tooLong()
    pieces.push(part)
  }
  return concatenate(pieces)
}

/** Pieces back to back, in a buffer of their own. */
export function concatenate(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.byteLength
  }
  return whole
}
