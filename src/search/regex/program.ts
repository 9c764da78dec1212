import type { CharTest, Edge, Node } from './nodes.js'
import { RegexFault } from './reader.js'

/** One place of a pattern: what leads from it to the next, or where else it goes at once. */
export type Step =
  | { readonly kind: 'char'; readonly test: CharTest }
  | { readonly kind: 'edge'; readonly edge: Edge }
  | { readonly kind: 'split'; readonly to: readonly number[] }
  | { readonly kind: 'end' }

/** A pattern as places; its first is where it begins. */
export type Program = readonly Step[]

const LONGEST = 2000

/** A pattern's program; RegexFault for one of more than 2000 places. */
export function compileProgram(node: Node): Program {
  const steps: Step[] = []
  emit(steps, node)
  steps.push({ kind: 'end' })
  return steps
}

function emit(steps: Step[], node: Node): void {
  if (steps.length > LONGEST) throw new RegexFault('it is too long, or repeats too much')
  switch (node.kind) {
    case 'all':
      for (const item of node.items) emit(steps, item)
      return
    case 'any':
      emitAny(steps, node.items)
      return
    case 'repeat':
      emitRepeat(steps, node)
      return
    default:
      steps.push(node)
  }
}

/** Each alternative, then a way to behind the last. */
function emitAny(steps: Step[], items: readonly Node[]): void {
  const fork = reserve(steps)
  const starts: number[] = []
  const exits: number[] = []
  for (const item of items) {
    starts.push(steps.length)
    emit(steps, item)
    exits.push(reserve(steps))
  }
  steps[fork] = { kind: 'split', to: starts }
  for (const exit of exits) steps[exit] = { kind: 'split', to: [steps.length] }
}

function emitRepeat(
  steps: Step[],
  { item, min, max }: Extract<Node, { readonly kind: 'repeat' }>,
): void {
  const { length } = steps
  for (let i = 0; i < min && (i === 0 || steps.length > length); i++) emit(steps, item)
  if (max === Infinity) return emitLoop(steps, item)
  const skips: number[] = []
  for (let i = min; i < max; i++) {
    skips.push(reserve(steps))
    emit(steps, item)
  }
  for (const skip of skips) steps[skip] = { kind: 'split', to: [skip + 1, steps.length] }
}

function emitLoop(steps: Step[], item: Node): void {
  const fork = reserve(steps)
  emit(steps, item)
  steps.push({ kind: 'split', to: [fork] })
  steps[fork] = { kind: 'split', to: [fork + 1, steps.length] }
}

function reserve(steps: Step[]): number {
  if (steps.length > LONGEST) throw new RegexFault('it is too long, or repeats too much')
  return steps.push({ kind: 'end' }) - 1
}
