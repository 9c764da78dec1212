import type { Span } from './ast.js'
import { isBlank, type Node } from './grouping.js'

/** A comparison as it stands in a statement: left side, comparator and, but for IS NULL and IS NOT NULL, value. */
export interface Clause extends Span {
  readonly parts: readonly Node[]
  /** As written; one blank between the words of those that have two. */
  readonly comparator: string
}

const ORDERED: ReadonlySet<string> = new Set(['>', '>=', '!=', '=', '<', '<='])

/**
 * Finds the comparisons among a statement's nodes: those that are groups already, and those by IN, NOT IN, IS NULL and
 * IS NOT NULL, which MLflow puts together from an identifier and the two or three nodes behind it. It looks at those
 * nodes once only, so a comparison does not start among them.
 */
export function joinClauses(
  nodes: readonly Node[],
  text: string,
  takesTimestamps: boolean,
): (Node | Clause)[] {
  const joined: (Node | Clause)[] = []
  for (let i = 0; i < nodes.length;) {
    const window = nodes.slice(i, i + 4)
    if (window.length < 3) {
      joined.push(...window.map((node) => groupToClause(node, text)))
      break
    }
    const found = clauseIn(window, text, takesTimestamps)
    if (found.clause !== null) joined.push(found.clause)
    else joined.push(...window.slice(0, found.length).map((node) => groupToClause(node, text)))
    // MLflow names such a timestamp twice when it complains.
    if (found.clause === null && found.length > 1 && window[0]!.kind === 'builtin')
      joined.push(window[0]!)
    i += found.length
  }
  return joined
}

/** The clause that starts a window of three or four nodes, and how many nodes MLflow is done with. */
function clauseIn(
  window: readonly Node[],
  text: string,
  takesTimestamps: boolean,
): { readonly clause: Clause | null; readonly length: number } {
  const [first, second, third, fourth] = window as [Node, Node, Node, Node | undefined]
  const isTimestamp = /^timestamp(_ms)?$/.test(text.slice(first.start, first.end))
  if (takesTimestamps && first.kind === 'builtin' && isTimestamp)
    return { clause: timestampClause(first, second, third, text), length: 3 }
  if (first.kind !== 'identifier') return { clause: null, length: 1 }
  if (isKeyword(second, 'IN') && third.kind === 'parenthesis')
    return {
      clause: clause([first, second, third], text.slice(second.start, second.end)),
      length: 3,
    }
  if (isKeyword(second, 'IS') && isKeyword(third, 'NULL'))
    return { clause: { ...clause([first, second], 'IS NULL'), end: third.end }, length: 3 }
  if (isKeyword(second, 'IS') && isKeyword(third, 'NOT NULL'))
    return { clause: { ...clause([first, second], 'IS NOT NULL'), end: third.end }, length: 3 }
  if (isKeyword(second, 'NOT') && isKeyword(third, 'IN') && fourth?.kind === 'parenthesis')
    return { clause: clause([first, second, fourth], 'NOT IN'), length: 4 }
  return { clause: null, length: window.length }
}

function timestampClause(first: Node, second: Node, third: Node, text: string): Clause | null {
  const comparator = text.slice(second.start, second.end)
  return second.kind === 'comparator' && ORDERED.has(comparator) && third.kind === 'integer'
    ? clause([first, second, third], comparator)
    : null
}

function groupToClause(node: Node, text: string): Node | Clause {
  if (node.kind !== 'comparison') return node
  const parts = node.children!.filter((child) => !isBlank(child))
  return clause(parts, text.slice(parts[1]!.start, parts[1]!.end))
}

function clause(parts: readonly Node[], comparator: string): Clause {
  return { parts, comparator, start: parts[0]!.start, end: parts.at(-1)!.end }
}

function isKeyword({ kind, word }: Node, wanted: string): boolean {
  return kind === 'keyword' && word === wanted
}
