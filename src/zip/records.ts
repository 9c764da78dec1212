// What the records of a zip file begin with, and their sizes: APPNOTE.TXT 6.3, sections 4.3 and 4.5.3.

/** The first four bytes of each record, as a little-endian number. */
export const SIGNATURE = {
  local: 0x04034b50,
  descriptor: 0x08074b50,
  entry: 0x02014b50,
  /** Of the digital signature that may follow the directory. */
  ofDirectory: 0x05054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
  end: 0x06054b50,
} as const

/** Bytes of each record without the names and the like that follow. */
export const RECORD_BYTES = { local: 30, entry: 46, end64: 56, locator64: 20, end: 22 } as const

/** What stands where a number has more than 16 bits, which zip64 then tells. */
export const MAX_16 = 0xffff
/** The same for 32 bits. */
export const MAX_32 = 0xffffffff
/** The extra field of zip64. */
export const ZIP64 = 0x0001
