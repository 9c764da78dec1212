/** Bytes that can be read anywhere: a file, a Blob. */
export interface ByteSource {
  /** Bytes. */
  readonly size: number
  /** Bytes [start, end), which lie within. */
  read(start: number, end: number): Promise<Uint8Array>
  close(): Promise<void>
}

/** A Blob's bytes, read piece by piece. */
export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
    close: async () => undefined,
  }
}
