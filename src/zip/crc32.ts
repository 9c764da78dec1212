const TABLE = /* @__PURE__ */ makeTable()

/** CRC-32 (IEEE 802.3), as zip files have it; pass the last answer as `crc` to go on with the next bytes. */
export function crc32(bytes: Uint8Array, crc = 0): number {
  let state = ~crc
  for (let i = 0; i < bytes.length; i++) {
    state = (TABLE[(state ^ (bytes[i] as number)) & 0xff] as number) ^ (state >>> 8)
  }
  return ~state >>> 0
}

function makeTable(): Int32Array {
  const table = new Int32Array(256)
  for (let i = 0; i < 256; i++) {
    let value = i
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
    table[i] = value
  }
  return table
}
