import { pythonRepr } from '../../entities/python-text.js'
import type { Comparator, Comparison, Filter, Span } from './ast.js'
import type { Operand, SearchRules } from './rules.js'
import { isBlank, type Node } from './grouping.js'
import { joinClauses, type Clause } from './clauses.js'
import { failIn, shown } from './refusals.js'
import { parseStatement, type Parsed } from './statement.js'

/** Reads a filter by MLflow's own grammar. */
export function parsePlain(text: string, rules: SearchRules): Filter {
  const parsed = parseStatement(text)
  if (!('statement' in parsed)) return refuseShape(text, rules, parsed)
  const solid = parsed.statement.children!.filter((node) => !isBlank(node))
  const joined = joinClauses(solid, text, rules.takesTimestamps === true)
  const leftovers = joined.filter((one): one is Node => 'kind' in one && one.word !== 'AND')
  if (leftovers.length > 0) refuseLeftovers(text, rules, leftovers)
  const clauses = joined.filter((one): one is Clause => !('kind' in one))
  return { kind: 'and', items: clauses.map((clause) => clauseToComparison(clause, text, rules)) }
}

function refuseShape(
  text: string,
  rules: SearchRules,
  { reason, from }: Exclude<Parsed, { statement: Node }>,
): never {
  const fail = failIn({ start: from, end: text.length })
  if (rules.notOneStatement !== undefined) return fail(rules.notOneStatement(text))
  if (reason === 'blank') return fail(`Invalid filter '${shown(text)}'. Could not be parsed.`)
  if (reason === 'limits') return fail(`Error on parsing filter '${shown(text)}'`)
  return fail(
    `Search filter contained multiple expression ${shown(pythonRepr(text))}. Provide AND-ed expression list.`,
  )
}

function refuseLeftovers(text: string, rules: SearchRules, leftovers: readonly Node[]): never {
  const fail = failIn(leftovers[0]!)
  if (rules.leftovers !== undefined) return fail(rules.leftovers(text))
  const texts = leftovers.map(({ start, end }) => text.slice(start, end))
  const list = (rules.quotesLeftovers ? texts.map((one) => `'${one}'`) : texts).join(', ')
  return fail(`Invalid clause(s) in filter string: ${shown(list)}`)
}

function clauseToComparison(clause: Clause, text: string, rules: SearchRules): Comparison {
  const [left, comparator, value] = clause.parts
  const at = { start: clause.start, end: clause.end }
  if (left === undefined || comparator === undefined || clause.parts.length > 3)
    return failIn(at)(`Invalid comparison clause. Expected 3 tokens found ${clause.parts.length}`)
  if (!isIdentifier(left, rules))
    failIn(left)(
      `Invalid comparison clause. Expected 'Identifier' found '${shown(textOf(left, text))}'`,
    )
  const target = rules.identify(textOf(left, text), failIn(left))
  if (value === undefined) {
    rules.checkNull(target, failIn(at))
    return toComparison(rules.canonical(target), clause.comparator, null, at)
  }
  const written = clause.comparator
  const read = rules.readValue(target, written, operandOf(value, text), failIn(value))
  return toComparison(
    rules.canonical(target),
    rules.keepsComparatorCase === true ? written : written.toUpperCase(),
    read,
    at,
  )
}

function toComparison(
  { entity, key }: Pick<Comparison, 'entity' | 'key'>,
  comparator: string,
  value: Comparison['value'],
  at: Span,
): Comparison {
  return { kind: 'comparison', entity, key, comparator: comparator as Comparator, value, at }
}

function isIdentifier({ kind }: Node, rules: SearchRules): boolean {
  return kind === 'identifier' || rules.takesAnyLeft === true || kind === 'builtin'
}

function textOf({ start, end }: Span, text: string): string {
  return text.slice(start, end)
}

const OPERANDS: Readonly<Partial<Record<Node['kind'], Operand['kind']>>> = {
  string: 'string',
  integer: 'number',
  float: 'number',
  identifier: 'identifier',
  parenthesis: 'list',
}

function operandOf(node: Node, text: string): Operand {
  return { kind: OPERANDS[node.kind] ?? 'other', text: textOf(node, text) }
}
