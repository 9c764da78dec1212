import { readCode, readKind } from './escapes.js'
import { casesOf } from './nodes.js'
import type { CharTest } from './nodes.js'
import { RegexFault } from './reader.js'
import type { PatternReader } from './reader.js'

const BACKSPACE = 8
const MOST_PARTS = 100

/** What `[...]` stands for, past the bracket. */
export function readClass(reader: PatternReader, ignoreCase: boolean): CharTest {
  const isNegated = reader.takeChar('^')
  const ranges: (readonly [number, number])[] = []
  const kinds: CharTest[] = []
  let isFirst = true
  for (; isFirst || !reader.takeChar(']'); isFirst = false) {
    const from = readItem(reader)
    if (typeof from === 'function') kinds.push(from)
    else ranges.push([from, readRangeEnd(reader, from)])
    if (ranges.length + kinds.length > MOST_PARTS) throw new RegexFault('a class is too large')
  }
  const holds = (code: number): boolean =>
    ranges.some(([from, to]) => code >= from && code <= to) || kinds.some((kind) => kind(code))
  const test = ignoreCase ? (code: number): boolean => casesOf(code).some(holds) : holds
  return isNegated ? (code) => !test(code) : test
}

function readRangeEnd(reader: PatternReader, from: number): number {
  if (reader.take(/^-(?!\])/) === null) return from
  const to = readItem(reader)
  if (typeof to === 'function' || to < from) throw new RegexFault('a range of a class is reversed')
  return to
}

function readItem(reader: PatternReader): number | CharTest {
  if (reader.atEnd()) throw new RegexFault('a class is not closed')
  if (!reader.takeChar('\\')) return reader.next().codePointAt(0)!
  const kind = readKind(reader)
  if (kind !== null) return kind
  return reader.takeChar('b') ? BACKSPACE : readCode(reader)
}
