import { invalid, quote } from '../../entities/invalid.js'
import { compileProgram } from './program.js'
import type { Program } from './program.js'
import { parseRegex } from './parse.js'
import { RegexFault } from './reader.js'
import { isWord } from './nodes.js'
import type { Edge } from './nodes.js'

/** The longest pattern, in UTF-16 units. */
const LONGEST = 10_000
const NEWLINE = 10

/** How much regular expressions may look at together, in characters times places of a pattern that they may belong to. */
export class RegexBudget {
  left = 50_000_000
}

/**
 * Whether a text holds what a regular expression of Python's describes, wherever. All ways are followed at once, so that a
 * text takes at most its length times the pattern's size: INVALID_PARAMETER_VALUE for a pattern that needs to look around or
 * back, or is none, and once the budget is used up.
 */
export function compileRegex(pattern: string, budget: RegexBudget): (text: string) => boolean {
  const search = new Search(programOf(pattern), budget)
  return (text) => {
    const isFound = search.find(text)
    if (budget.left >= 0) return isFound
    throw refused(pattern, 'it takes too long here; use LIKE, or search fewer things')
  }
}

function programOf(pattern: string): Program {
  if (pattern.length > LONGEST) throw refused('...', `it is longer than ${LONGEST} characters`)
  try {
    return compileProgram(parseRegex(pattern))
  } catch (error) {
    if (error instanceof RegexFault) throw refused(pattern, error.message)
    throw error
  }
}

function refused(pattern: string, reason: string): Error {
  return invalid(`The regular expression ${quote(pattern)} cannot be used: ${reason}.`)
}

/** Runs a program over texts, keeping the set of places that are reached. */
class Search {
  readonly #budget: RegexBudget
  readonly #program: Program
  readonly #marks: Float64Array
  #generation = 0

  constructor(program: Program, budget: RegexBudget) {
    this.#budget = budget
    this.#program = program
    this.#marks = new Float64Array(program.length)
  }

  find(text: string): boolean {
    let places: number[] = []
    let before = -1
    for (let at = 0; ;) {
      const code = text.codePointAt(at) ?? -1
      const edges = { before, after: code, isLast: code === NEWLINE && at + 1 === text.length }
      const reached = this.#spread([...places, 0], edges)
      if (reached === null) return true
      if (code < 0) return false
      places = this.#advance(reached, code)
      before = code
      at += code > 0xffff ? 2 : 1
      if (this.#budget.left < 0) return false
    }
  }

  /** The places that are reached without a character; null where the end is one. */
  #spread(from: readonly number[], edges: Edges): number[] | null {
    const generation = ++this.#generation
    const stack = [...from]
    const reached: number[] = []
    for (let place; (place = stack.pop()) !== undefined;) {
      if (this.#marks[place] === generation) continue
      this.#marks[place] = generation
      this.#budget.left--
      const step = this.#program[place]!
      if (step.kind === 'end') return null
      if (step.kind === 'char') reached.push(place)
      else if (step.kind === 'split') stack.push(...step.to)
      else if (holds(step.edge, edges)) stack.push(place + 1)
    }
    return reached
  }

  #advance(places: readonly number[], code: number): number[] {
    return places.flatMap((place) => {
      const step = this.#program[place]!
      return step.kind === 'char' && step.test(code) ? [place + 1] : []
    })
  }
}

/** The characters around a place, -1 for none; whether the one after it is a newline that ends the text. */
interface Edges {
  readonly before: number
  readonly after: number
  readonly isLast: boolean
}

function holds(edge: Edge, { before, after, isLast }: Edges): boolean {
  switch (edge) {
    case 'text-start':
      return before < 0
    case 'text-end':
      return after < 0
    case 'line-start':
      return before < 0 || before === NEWLINE
    case 'line-end':
      return after < 0 || after === NEWLINE
    case 'last-line-end':
      return after < 0 || isLast
    default:
      return (isWordAt(before) !== isWordAt(after)) === (edge === 'word')
  }
}

function isWordAt(code: number): boolean {
  return code >= 0 && isWord(code)
}
