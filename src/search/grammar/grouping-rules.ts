import {
  groupBracketed,
  isKeyword,
  joinNeighbours,
  tokensToStatement,
  type GroupKind,
  type JoinRule,
  type Node,
} from './grouping.js'
import {
  groupComments,
  groupWindows,
  groupFunctions,
  groupAliases,
  groupWhere,
  groupNames,
  groupOrders,
  appendComments,
  groupValues,
  keyword,
  oneOf,
  type Test,
} from './grouping-lists.js'
import type { Token } from './tokenizer.js'

// What sqlparse (0.6.1) makes of a statement's tokens, as far as it shows in MLflow's answers. The rules are applied one
// after the other, each to the whole statement.

const OPERAND_TOKENS = ['integer', 'float', 'string', 'symbol', 'name', 'placeholder'] as const
const CLOCKS: ReadonlySet<string> = new Set(['CURRENT_DATE', 'CURRENT_TIME', 'CURRENT_TIMESTAMP'])
const UNITS: ReadonlySet<string> = new Set(['DAY', 'HOUR', 'MINUTE', 'MONTH', 'SECOND', 'YEAR'])

/** Brackets, in the order in which they are looked for. */
const BRACKETS: readonly (readonly [GroupKind, Test, Test])[] = [
  ['case', keyword('CASE'), keyword('END')],
  ['if', keyword('IF'), keyword('END IF')],
  ['for', keyword('FOR', 'FOREACH'), keyword('END LOOP')],
  ['begin', keyword('BEGIN'), keyword('END')],
]

const isOperand = oneOf(
  ...OPERAND_TOKENS,
  'parenthesis',
  'function',
  'identifier',
  'operation',
  'typed',
)
const isSummand = oneOf(
  ...OPERAND_TOKENS,
  'brackets',
  'parenthesis',
  'function',
  'identifier',
  'operation',
  'typed',
)
const isNamed = oneOf('brackets', 'identifier', 'name', 'symbol')
const isListed = oneOf(
  ...OPERAND_TOKENS,
  'keyword',
  'wildcard',
  'function',
  'case',
  'identifier',
  'comparison',
  'list',
  'operation',
)
const exists = (node: Node | undefined): boolean => node !== undefined

/** A test that a node that is not there fails. */
function present(test: Test): (node: Node | undefined) => boolean {
  return (node) => node !== undefined && test(node)
}

/** The rules for `a.b`, `a->b` and `a[1]`. */
function pathRules(isSign: (node: Node, ...signs: string[]) => boolean): readonly JoinRule[] {
  return [
    {
      kind: 'identifier',
      middle: (node) => isSign(node, '.', '->', '->>'),
      left: isNamed,
      right: () => true,
      takesRight: present(oneOf('brackets', 'function', 'name', 'symbol', 'wildcard', 'string')),
      grows: true,
    },
    {
      kind: 'identifier',
      middle: oneOf('brackets'),
      left: oneOf('brackets', 'identifier', 'function', 'name', 'symbol'),
      right: () => true,
      takesRight: () => false,
      grows: true,
      shallow: true,
    },
  ]
}

/** The rules for `a::b`, dates, `a + b`, `a = b` and `a as b`. */
function termRules(isSign: (node: Node, ...signs: string[]) => boolean): readonly JoinRule[] {
  const isTypeName: Test = (node) => node.kind === 'builtin' || keyword('TIMESTAMP')(node)
  const isSummandOrClock: Test = (node) =>
    isSummand(node) || (node.kind === 'keyword' && CLOCKS.has(node.word))
  const isCompared: Test = (node) => isOperand(node) || node.word === 'NULL'
  return [
    {
      kind: 'identifier',
      middle: (node) => isSign(node, '::'),
      left: exists,
      right: exists,
      grows: true,
    },
    {
      kind: 'typed',
      middle: isTypeName,
      left: exists,
      right: present(oneOf('string')),
      fromMiddle: true,
      grows: false,
    },
    {
      kind: 'typed',
      middle: oneOf('typed'),
      left: exists,
      right: present((node) => node.kind === 'keyword' && UNITS.has(node.word)),
      fromMiddle: true,
      grows: true,
    },
    {
      kind: 'operation',
      middle: oneOf('operator', 'wildcard'),
      left: isSummandOrClock,
      right: present(isSummandOrClock),
      grows: false,
    },
    {
      kind: 'comparison',
      middle: oneOf('comparator'),
      left: isCompared,
      right: present(isCompared),
      grows: false,
    },
    {
      kind: 'identifier',
      middle: keyword('AS'),
      left: (node) => node.word === 'NULL' || !isKeyword(node),
      right: present((node) => node.kind !== 'statement'),
      grows: true,
    },
  ]
}

const ASSIGNMENT: JoinRule = {
  kind: 'assigned',
  middle: oneOf('assignment'),
  left: (node) => node.kind !== 'keyword',
  right: present((node) => node.kind !== 'keyword'),
  grows: true,
}

/** Groups a statement's tokens; throws `GroupingLimit` where they are too many or nested too deep. */
export function groupTokens(tokens: readonly Token[], text: string): Node {
  const isSign = ({ kind, start, end }: Node, ...signs: string[]): boolean =>
    (kind === 'punctuation' || kind === 'operator') && signs.includes(text.slice(start, end))
  const statement = tokensToStatement(tokens, text)
  groupComments(statement)
  groupBracketed(
    statement,
    'brackets',
    (n) => isSign(n, '['),
    (n) => isSign(n, ']'),
  )
  groupBracketed(
    statement,
    'parenthesis',
    (n) => isSign(n, '('),
    (n) => isSign(n, ')'),
  )
  for (const [kind, opens, closes] of BRACKETS) groupBracketed(statement, kind, opens, closes)
  throughout(statement, 'over', groupWindows)
  throughout(statement, 'function', groupFunctions)
  throughout(statement, 'where', groupWhere)
  for (const rule of pathRules(isSign)) joinNeighbours(statement, rule)
  throughout(statement, 'identifier', groupNames)
  throughout(statement, 'identifier', groupOrders)
  for (const rule of termRules(isSign)) joinNeighbours(statement, rule)
  throughout(statement, null, groupAliases)
  joinNeighbours(statement, ASSIGNMENT)
  throughout(statement, null, appendComments)
  joinNeighbours(statement, {
    kind: 'list',
    middle: (node) => isSign(node, ','),
    left: isListed,
    right: present(isListed),
    grows: true,
  })
  statement.children = groupValues(statement.children!)
  return statement
}

/** Applies a rule to every list of nodes, the innermost first; it does not go into groups of kind `except`. */
function throughout(parent: Node, except: GroupKind | null, rule: (nodes: Node[]) => Node[]): void {
  for (const node of parent.children!)
    if (node.children !== null && node.kind !== except) throughout(node, except, rule)
  parent.children = rule(parent.children!)
}
