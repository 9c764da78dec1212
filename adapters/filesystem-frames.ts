import fs from 'node:fs'
import { findRecord, recordHeader } from '../src/store/record.js'

/** A file of the journal, and how much of it counts. */
export interface JournalFile {
  readonly path: string
  readonly epoch: number
  readonly firstSeq: number
  /** Its records from here on are void: a later file begins here. */
  readonly limit: number
}

/** A piece of a journal file. */
export interface Frame {
  /** Null for a stretch that cannot be framed. */
  readonly seq: number | null
  readonly bytes: Uint8Array
}

/** The records of a file after `after` and before its limit; stretches that could hide one of them, too. */
export function* framesOf(bytes: Uint8Array, file: JournalFile, after: number): Generator<Frame> {
  let next = file.firstSeq
  let last = after
  for (let at = 0; at < bytes.length && next < file.limit;) {
    const header = recordHeader(bytes, at)
    if (header) {
      if (header.seq >= file.limit) return
      const end = at + header.totalLength
      if (header.seq > last) yield { seq: header.seq, bytes: bytes.subarray(at, end) }
      last = Math.max(last, header.seq)
      next = header.seq + 1
      at = end
      continue
    }
    const found = findRecord(bytes, at + 1)
    const end = found ?? bytes.length
    const until = found === null ? file.limit : (recordHeader(bytes, found)?.seq ?? file.limit)
    if (until - 1 > after) yield { seq: null, bytes: bytes.subarray(at, end) }
    at = end
  }
}

/** The last seq in a file that counts; 0 where there is none. */
export function lastSeqOf(bytes: Uint8Array, file: JournalFile): number {
  let last = 0
  for (const { seq } of framesOf(bytes, file, 0)) last = seq ?? last
  return last
}

/** A journal file's bytes. */
export async function readWhole(path: string): Promise<Uint8Array> {
  const file = await fs.promises.open(path, 'r')
  try {
    // A buffer of its own, so that records, whose lengths are multiples of 8, lie aligned in it.
    const bytes = new Uint8Array((await file.stat()).size)
    let length = 0
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return bytes.subarray(0, length)
  } finally {
    await file.close()
  }
}
