const SLICES = 16
const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

/**
 * A checksum of bytes, as an unsigned 32-bit integer. `seed` is that of what came before: `crc(b, crc(a))` is the
 * checksum of a followed by b.
 */
export type Crc = (bytes: Uint8Array, seed?: number) => number

/** CRC-32C (Castagnoli), of the store's own files; RFC 3720, appendix B.4. */
export const crc32c: Crc = /* @__PURE__ */ makeCrc(0x82f63b78)

/** CRC-32 (IEEE 802.3), as zip files have it. */
export const crc32: Crc = /* @__PURE__ */ makeCrc(0xedb88320)

/** The checksum of a polynomial, which is given reflected. */
function makeCrc(polynomial: number): Crc {
  let tables: Int32Array | undefined
  return (bytes, seed = 0) => {
    const table = (tables ??= buildTables(polynomial))
    const end = bytes.length
    const aligned = LITTLE_ENDIAN ? Math.min(end, -bytes.byteOffset & 3) : end
    let crc = crcBytes(table, bytes, 0, aligned, ~seed)
    const blocks = (end - aligned) >>> 4
    if (blocks > 0) {
      const words = new Int32Array(bytes.buffer, bytes.byteOffset + aligned, blocks * 4)
      crc = crcBlocks(table, words, crc)
    }
    return ~crcBytes(table, bytes, aligned + blocks * 16, end, crc) >>> 0
  }
}

function buildTables(polynomial: number): Int32Array {
  const table = new Int32Array(SLICES * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    table[byte] = crc
  }
  for (let at = 256; at < table.length; at++) {
    const previous = table[at - 256]!
    table[at] = (previous >>> 8) ^ table[previous & 0xff]!
  }
  return table
}

function crcBytes(
  t: Int32Array,
  bytes: Uint8Array,
  start: number,
  end: number,
  crc: number,
): number {
  let c = crc
  for (let at = start; at < end; at++) c = t[(c ^ bytes[at]!) & 0xff]! ^ (c >>> 8)
  return c
}

/** Slicing by 16: four words a turn, each of their bytes through the table of its distance to the end. */
function crcBlocks(t: Int32Array, words: Int32Array, crc: number): number {
  let c = crc
  for (let at = 0; at < words.length; at += 4) {
    const w0 = words[at]! ^ c
    const w1 = words[at + 1]!
    const w2 = words[at + 2]!
    const w3 = words[at + 3]!
    c =
      t[3840 + (w0 & 0xff)]! ^
      t[3584 + ((w0 >>> 8) & 0xff)]! ^
      t[3328 + ((w0 >>> 16) & 0xff)]! ^
      t[3072 + (w0 >>> 24)]! ^
      t[2816 + (w1 & 0xff)]! ^
      t[2560 + ((w1 >>> 8) & 0xff)]! ^
      t[2304 + ((w1 >>> 16) & 0xff)]! ^
      t[2048 + (w1 >>> 24)]! ^
      t[1792 + (w2 & 0xff)]! ^
      t[1536 + ((w2 >>> 8) & 0xff)]! ^
      t[1280 + ((w2 >>> 16) & 0xff)]! ^
      t[1024 + (w2 >>> 24)]! ^
      t[768 + (w3 & 0xff)]! ^
      t[512 + ((w3 >>> 8) & 0xff)]! ^
      t[256 + ((w3 >>> 16) & 0xff)]! ^
      t[w3 >>> 24]!
  }
  return c
}
