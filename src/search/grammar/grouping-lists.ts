import { group, grow, lastSolid, nextSolid, type GroupKind, type Node } from './grouping.js'

// The rules of sqlparse that go through one list of nodes at a time.

/** A question about one node. */
export type Test = (node: Node) => boolean

const AFTER_WHERE: ReadonlySet<string> = new Set([
  'ORDER BY',
  'GROUP BY',
  'LIMIT',
  'UNION',
  'UNION ALL',
  'EXCEPT',
  'INTERSECT',
  'HAVING',
  'RETURNING',
  'INTO',
])

/** A node of one of these kinds. */
export function oneOf(...kinds: Node['kind'][]): Test {
  const set: ReadonlySet<string> = new Set(kinds)
  return ({ kind }) => set.has(kind)
}

/** One of these keywords. */
export function keyword(...words: string[]): Test {
  return ({ kind, word }) => kind === 'keyword' && words.includes(word)
}

const isNumber = oneOf('hex', 'float', 'integer')

/** Comments, with the line breaks between them; those at the very end stay as they are. */
export function groupComments(statement: Node): void {
  const nodes = statement.children!
  const isQuiet = oneOf('comment', 'newline')
  const out: Node[] = []
  for (let i = 0; i < nodes.length;) {
    let end = i + 1
    if (nodes[i]!.kind === 'comment') {
      while (end < nodes.length && isQuiet(nodes[end]!)) end++
      if (end === nodes.length) break
      out.push(group('comment', nodes.slice(i, end)))
    } else out.push(nodes[i]!)
    i = end
  }
  statement.children = [...out, ...nodes.slice(out.reduce((n, node) => n + countTokens(node), 0))]
}

function countTokens({ children }: Node): number {
  return children === null ? 1 : children.length
}

/** `OVER name`. */
export function groupWindows(nodes: Node[]): Node[] {
  const isWindow = oneOf('parenthesis', 'name', 'builtin', 'placeholder')
  return pairUp(nodes, 'over', keyword('OVER'), isWindow, false)
}

/** `name (...)`. */
export function groupFunctions(nodes: Node[]): Node[] {
  const isName = oneOf('name', 'builtin', 'placeholder')
  return pairUp(nodes, 'function', isName, oneOf('parenthesis'), false)
}

/** A name or number and the name that follows it. */
export function groupAliases(nodes: Node[]): Node[] {
  const isAliased = oneOf(
    'hex',
    'float',
    'integer',
    'parenthesis',
    'function',
    'case',
    'identifier',
    'operation',
    'comparison',
  )
  return pairUp(nodes, 'identifier', isAliased, oneOf('identifier'), true)
}

function pairUp(nodes: Node[], kind: GroupKind, first: Test, second: Test, grows: boolean): Node[] {
  const out: Node[] = []
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!
    const next = nextSolid(nodes, i + 1)
    if (next === nodes.length || !first(node) || !second(nodes[next]!)) {
      out.push(node)
      continue
    }
    if (grows && node.kind === kind) grow(node, nodes.slice(i + 1, next + 1))
    out.push(grows && node.kind === kind ? node : group(kind, nodes.slice(i, next + 1)))
    i = next
  }
  return out
}

/** `WHERE` and all that follows it, up to the next clause. */
export function groupWhere(nodes: Node[]): Node[] {
  const start = nodes.findIndex(keyword('WHERE'))
  if (start < 0) return nodes
  const rest = nodes.slice(start + 1)
  const length = rest.findIndex((node) => node.kind === 'keyword' && AFTER_WHERE.has(node.word))
  const end = length < 0 ? nodes.length : start + 1 + length
  const where = group('where', nodes.slice(start, end))
  return [...nodes.slice(0, start), where, ...groupWhere(nodes.slice(end))]
}

/** Every name by itself is an identifier. */
export function groupNames(nodes: Node[]): Node[] {
  return nodes.map((node) =>
    node.kind === 'name' || node.kind === 'symbol' ? group('identifier', [node]) : node,
  )
}

/** `x DESC` is one identifier; so is `5 DESC`. */
export function groupOrders(nodes: Node[]): Node[] {
  const out: Node[] = []
  for (const node of nodes) {
    const at = node.kind === 'order' ? lastSolid(out, out.length) : -1
    const before = out[at]
    if (before !== undefined && (before.kind === 'identifier' || isNumber(before)))
      out.push(group('identifier', [...out.splice(at), node]))
    else out.push(node)
  }
  return out
}

/** A comment becomes part of the group before it. */
export function appendComments(nodes: Node[]): Node[] {
  const out: Node[] = []
  for (const node of nodes) {
    const at = node.kind === 'comment' && node.children !== null ? lastSolid(out, out.length) : -1
    const before = out[at]
    if (before !== undefined && before.children !== null)
      grow(before, [...out.splice(at + 1), node])
    else out.push(node)
  }
  return out
}

/** `VALUES` and all up to the last parenthesis. */
export function groupValues(nodes: Node[]): Node[] {
  const start = nodes.findIndex(keyword('VALUES'))
  const end = nodes.map(({ kind }) => kind).lastIndexOf('parenthesis') + 1
  if (start < 0 || end <= start) return nodes
  const values = group('values', nodes.slice(start, end))
  return [...nodes.slice(0, start), values, ...nodes.slice(end)]
}
