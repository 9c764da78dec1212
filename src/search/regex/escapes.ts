import { isDigit, isSpace, isWord, sameChar } from './nodes.js'
import type { CharTest, Edge, Node } from './nodes.js'
import { RegexFault } from './reader.js'
import type { PatternReader } from './reader.js'

const KINDS: Readonly<Record<string, CharTest>> = {
  d: isDigit,
  D: (code) => !isDigit(code),
  s: isSpace,
  S: (code) => !isSpace(code),
  w: isWord,
  W: (code) => !isWord(code),
}
const EDGES: Readonly<Record<string, Edge>> = {
  A: 'text-start',
  Z: 'text-end',
  b: 'word',
  B: 'no-word',
}
const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 }
const HIGHEST = 0x10ffff

/** What follows a backslash outside a class. */
export function readEscape(reader: PatternReader, ignoreCase: boolean): Node {
  const char = reader.peek()
  if (Object.hasOwn(EDGES, char)) {
    reader.next()
    return { kind: 'edge', edge: EDGES[char]! }
  }
  const kind = readKind(reader)
  if (kind !== null) return { kind: 'char', test: kind }
  return { kind: 'char', test: sameChar(readCode(reader), ignoreCase) }
}

/** `\d` and its like, past the backslash; null for others. */
export function readKind(reader: PatternReader): CharTest | null {
  const char = reader.peek()
  if (!Object.hasOwn(KINDS, char)) return null
  reader.next()
  return KINDS[char]!
}

/** The character that an escape stands for, past the backslash. */
export function readCode(reader: PatternReader): number {
  const hex = reader.take(/^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/)
  if (hex !== null) return checked(Number.parseInt(hex[1] ?? hex[2] ?? hex[3]!, 16))
  const octal = reader.take(/^(?:0[0-7]{0,2}|[0-3][0-7]{2})/)
  if (octal !== null) return Number.parseInt(octal[0], 8)
  const char = reader.next()
  if (Object.hasOwn(CONTROLS, char)) return CONTROLS[char]!
  if (/^\d$/.test(char)) throw new RegexFault('references to groups are not supported')
  if (/^[a-zA-Z]$/.test(char)) throw new RegexFault(`"\\${char}" means nothing`)
  return char.codePointAt(0)!
}

function checked(code: number): number {
  if (code > HIGHEST) throw new RegexFault('it names a character that does not exist')
  return code
}
