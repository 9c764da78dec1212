import type { Token, TokenType } from './tokenizer.js'

/** What a group of tokens is. */
export type GroupKind =
  | 'statement'
  | 'comment'
  | 'brackets'
  | 'parenthesis'
  | 'case'
  | 'if'
  | 'for'
  | 'begin'
  | 'over'
  | 'function'
  | 'where'
  | 'identifier'
  | 'typed'
  | 'operation'
  | 'comparison'
  | 'assigned'
  | 'list'
  | 'values'

/** A token or a group of them; its text is always one piece of the source. */
export interface Node {
  readonly kind: TokenType | GroupKind
  readonly start: number
  end: number
  /** The text of a keyword in upper case; empty for all else. */
  readonly word: string
  /** Null for tokens. */
  children: Node[] | null
}

/** How two neighbours of a token in the middle become one group with it. */
export interface JoinRule {
  readonly kind: GroupKind
  readonly middle: (node: Node) => boolean
  readonly left: (node: Node) => boolean
  readonly right: (node: Node | undefined) => boolean
  /** Whether the right neighbour goes into the group; where absent, it does. */
  readonly takesRight?: (node: Node | undefined) => boolean
  /** The group starts at the middle, not at the left neighbour. */
  readonly fromMiddle?: boolean
  /** A left neighbour that is such a group already grows, rather than being wrapped. */
  readonly grows: boolean
  /** Only at the top. */
  readonly shallow?: boolean
}

/** Thrown where a text is nested deeper, or has more tokens, than sqlparse takes. */
export class GroupingLimit extends Error {}

const MAX_DEPTH = 100
const MAX_TOKENS = 10_000

const KEYWORDS: ReadonlySet<string> = new Set(['keyword', 'statement', 'order'])
const BRACKETED: ReadonlySet<string> = new Set([
  'parenthesis',
  'brackets',
  'case',
  'if',
  'for',
  'begin',
])

/** A statement of these tokens, not grouped yet. */
export function tokensToStatement(tokens: readonly Token[], text: string): Node {
  const children = tokens.map(({ type, start, end }): Node => {
    const word = KEYWORDS.has(type) ? text.slice(start, end).toUpperCase() : ''
    return { kind: type, start, end, word, children: null }
  })
  return group('statement', children)
}

/** Whether a node is white space; line breaks are. */
export function isBlank({ kind }: Node): boolean {
  return kind === 'space' || kind === 'newline'
}

/** Whether a node is one of SQL's keywords. */
export function isKeyword({ kind }: Node): boolean {
  return KEYWORDS.has(kind)
}

/** The index of the first node from `from` that is not white space; the length where there is none. */
export function nextSolid(nodes: readonly Node[], from: number): number {
  let at = from
  while (at < nodes.length && isBlank(nodes[at]!)) at++
  return at
}

/** The index of the last node before `from` that is not white space; -1 where there is none. */
export function lastSolid(nodes: readonly Node[], from: number): number {
  let at = from - 1
  while (at >= 0 && isBlank(nodes[at]!)) at--
  return at
}

/** These nodes as one group. */
export function group(kind: GroupKind, children: Node[]): Node {
  const [start, end] = [children[0]!.start, children.at(-1)!.end]
  return { kind, start, end, word: '', children }
}

/** Adds nodes at the end of a group. */
export function grow(node: Node, more: readonly Node[]): void {
  for (const one of more) node.children!.push(one)
  node.end = more.at(-1)!.end
}

/** Groups what stands between an opening and a closing token, with both. */
export function groupBracketed(
  parent: Node,
  kind: GroupKind,
  opens: (node: Node) => boolean,
  closes: (node: Node) => boolean,
  depth = 0,
): void {
  const nodes = checkLimits(parent, depth)
  const out: Node[] = []
  const open: number[] = []
  for (const node of nodes) {
    if (node.children !== null && node.kind !== kind)
      groupBracketed(node, kind, opens, closes, depth + 1)
    else if (opens(node)) open.push(out.length)
    else if (open.length > 0 && closes(node)) {
      out.push(group(kind, [...out.splice(open.pop()!), node]))
      continue
    }
    out.push(node)
  }
  parent.children = out
}

/** Groups the neighbours of middle tokens, from left to right, inside of groups first. */
export function joinNeighbours(parent: Node, rule: JoinRule, depth = 0): void {
  const nodes = checkLimits(parent, depth)
  const out: Node[] = []
  let left: Node | undefined
  let leftAt = -1
  for (let i = 0; i < nodes.length;) {
    const node = nodes[i]!
    const end = isBlank(node) ? i : joinEnd(parent, i, left, rule, depth)
    if (end > i) {
      const from = rule.fromMiddle === true ? out.length : leftAt
      const members = [...out.splice(from), ...nodes.slice(i, end)]
      out.push(merge(rule, members))
      left = end === i + 1 ? out.at(-1) : nodes[end - 1]
      leftAt = from
      if (end > i + 1) descend(left!, rule, depth)
      i = end
    } else {
      out.push(node)
      if (!isBlank(node)) [left, leftAt] = [node, out.length - 1]
      i++
    }
  }
  parent.children = out
}

/** Goes into node `i`; gives the end of what joins around it, or `i` where it is no middle of anything. */
function joinEnd(
  parent: Node,
  i: number,
  left: Node | undefined,
  rule: JoinRule,
  depth: number,
): number {
  const nodes = parent.children!
  const node = nodes[i]!
  descend(node, rule, depth)
  if (left === undefined || !rule.middle(node) || !rule.left(left)) return i
  const rightAt = nextSolid(nodes, i + 1)
  const right = nodes[rightAt]
  if (!rule.right(right) || isDelimiter(parent, left) || isDelimiter(parent, right)) return i
  return rule.takesRight === undefined || rule.takesRight(right) ? rightAt + 1 : i + 1
}

function descend(node: Node, rule: JoinRule, depth: number): void {
  if (rule.shallow !== true && node.children !== null && node.kind !== rule.kind)
    joinNeighbours(node, rule, depth + 1)
}

function merge(rule: JoinRule, members: Node[]): Node {
  const first = members[0]!
  if (!rule.grows || first.kind !== rule.kind) return group(rule.kind, members)
  grow(first, members.slice(1))
  return first
}

/** The brackets of a group belong to it alone. */
function isDelimiter({ kind, children }: Node, node: Node | undefined): boolean {
  return BRACKETED.has(kind) && (node === children![0] || node === children!.at(-1))
}

function checkLimits({ children }: Node, depth: number): Node[] {
  if (depth > MAX_DEPTH || children!.length > MAX_TOKENS) throw new GroupingLimit()
  return children!
}
