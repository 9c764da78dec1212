import { PatternReader, RegexFault } from './reader.js'
import { readClass } from './char-class.js'
import { readEscape } from './escapes.js'
import { sameChar } from './nodes.js'
import type { Flags, Node } from './nodes.js'

const NEWLINE = 10
const DEEPEST = 100
const MOST_REPEATS = 1000
const FLAGS: Readonly<Record<string, Partial<Flags>>> = {
  i: { ignoreCase: true },
  m: { multiLine: true },
  s: { dotAll: true },
  u: {},
}
const NOTHING: Node = { kind: 'all', items: [] }

/**
 * Reads a regular expression as Python's `re` does, but for what looks around or back: RegexFault for that, and for what is
 * none.
 */
export function parseRegex(pattern: string): Node {
  const reader = new PatternReader(pattern)
  const node = readAlternatives(reader, readGlobalFlags(reader), 0)
  if (!reader.atEnd()) throw new RegexFault('it has a ")" too many')
  return node
}

/** `(?is)` at the very start holds for all of the pattern. */
function readGlobalFlags(reader: PatternReader): Flags {
  let flags: Flags = { ignoreCase: false, multiLine: false, dotAll: false }
  for (let match; (match = reader.take(/^\(\?([a-zA-Z]+)\)/)) !== null;)
    flags = withFlags(flags, match[1]!)
  return flags
}

function withFlags(flags: Flags, letters: string): Flags {
  let result = flags
  for (const letter of letters) {
    if (!Object.hasOwn(FLAGS, letter)) throw new RegexFault(`the flag "${letter}" is not supported`)
    result = { ...result, ...FLAGS[letter] }
  }
  return result
}

function readAlternatives(reader: PatternReader, flags: Flags, depth: number): Node {
  if (depth > DEEPEST) throw new RegexFault('it nests too deep')
  const items = [readSequence(reader, flags, depth)]
  while (reader.takeChar('|')) items.push(readSequence(reader, flags, depth))
  return items.length === 1 ? items[0]! : { kind: 'any', items }
}

function readSequence(reader: PatternReader, flags: Flags, depth: number): Node {
  const items: Node[] = []
  while (!reader.atEnd() && reader.peek() !== '|' && reader.peek() !== ')')
    items.push(readRepeats(reader, readAtom(reader, flags, depth)))
  return { kind: 'all', items }
}

function readAtom(reader: PatternReader, flags: Flags, depth: number): Node {
  const char = reader.next()
  switch (char) {
    case '.':
      return { kind: 'char', test: flags.dotAll ? () => true : (code) => code !== NEWLINE }
    case '^':
      return { kind: 'edge', edge: flags.multiLine ? 'line-start' : 'text-start' }
    case '$':
      return { kind: 'edge', edge: flags.multiLine ? 'line-end' : 'last-line-end' }
    case '[':
      return { kind: 'char', test: readClass(reader, flags.ignoreCase) }
    case '(':
      return readGroup(reader, flags, depth)
    case '\\':
      return readEscape(reader, flags.ignoreCase)
    case '*':
    case '+':
    case '?':
      throw new RegexFault(`there is nothing to repeat before "${char}"`)
    default:
      return { kind: 'char', test: sameChar(char.codePointAt(0)!, flags.ignoreCase) }
  }
}

function readGroup(reader: PatternReader, flags: Flags, depth: number): Node {
  if (reader.take(/^\?#[^)]*\)/) !== null) return NOTHING
  const inner = reader.takeChar('?') ? groupFlags(reader, flags) : flags
  const node = readAlternatives(reader, inner, depth + 1)
  if (!reader.takeChar(')')) throw new RegexFault('a group is not closed')
  return node
}

function groupFlags(reader: PatternReader, flags: Flags): Flags {
  if (reader.takeChar(':') || reader.take(/^P<[\p{L}_][\p{L}\p{N}_]*>/u) !== null) return flags
  const match = reader.take(/^([a-zA-Z]*)(?:-([a-zA-Z]+))?:/)
  if (match === null)
    throw new RegexFault('groups that look around, refer back or are atomic are not supported')
  const on = withFlags(flags, match[1]!)
  const off = withFlags({ ignoreCase: false, multiLine: false, dotAll: false }, match[2] ?? '')
  return {
    ignoreCase: on.ignoreCase && !off.ignoreCase,
    multiLine: on.multiLine && !off.multiLine,
    dotAll: on.dotAll && !off.dotAll,
  }
}

function readRepeats(reader: PatternReader, item: Node): Node {
  const range = readRange(reader)
  if (range === null) return item
  if (reader.takeChar('+')) throw new RegexFault('possessive repeats are not supported')
  // Lazy or not is no question of whether something is found.
  reader.takeChar('?')
  if (readRange(reader) !== null) throw new RegexFault('a repeat is repeated')
  return { kind: 'repeat', item, ...range }
}

function readRange(reader: PatternReader): { readonly min: number; readonly max: number } | null {
  if (reader.takeChar('*')) return { min: 0, max: Infinity }
  if (reader.takeChar('+')) return { min: 1, max: Infinity }
  if (reader.takeChar('?')) return { min: 0, max: 1 }
  const exact = reader.take(/^\{(\d+)\}/)
  const match = exact ?? reader.take(/^\{(\d*),(\d*)\}/)
  if (match === null) return null
  const min = Number(match[1] || 0)
  const max = exact === null ? Number(match[2] || Infinity) : min
  if (min > MOST_REPEATS || (max > MOST_REPEATS && max !== Infinity))
    throw new RegexFault(`more than ${MOST_REPEATS} repeats are not supported`)
  if (max < min) throw new RegexFault('the least of a repeat is more than its most')
  return { min, max }
}
