import { wrongType } from '../../entities/invalid.js'
import { pythonRepr } from '../../entities/python-text.js'
import type { OrderTerm } from './ast.js'
import type { SearchRules } from './rules.js'
import { isSpace } from './characters.js'
import { isBlank, type Node } from './grouping.js'
import { failInClause, shown, type Fail } from './refusals.js'
import { shellWords } from './shell-words.js'
import { parseStatement } from './statement.js'

/**
 * Reads the clauses of an order, each `key [ASC|DESC]`, as MLflow 3.17 does. INVALID_PARAMETER_VALUE, with MLflow's words
 * and `at`, for what it refuses; also where it answers 500: for a key that is named twice.
 */
export function parseOrderBy(
  clauses: readonly string[] | null | undefined,
  rules: SearchRules,
): OrderTerm[] {
  if (clauses === null || clauses === undefined) return []
  if (!Array.isArray(clauses) || clauses.some((clause) => typeof clause !== 'string'))
    throw wrongType('order_by', clauses)
  const seen = new Set<string>()
  return clauses.map((clause: string, index) => {
    const fail = failInClause(index, { start: 0, end: clause.length })
    const term = parseClause(clause, rules, fail)
    const field = `${term.entity} ${term.key}`
    if (rules.refusesDuplicates && seen.has(field))
      fail(`\`order_by\` contains duplicate fields: ${shown(pythonRepr(clauses))}`)
    seen.add(field)
    return term
  })
}

function parseClause(clause: string, rules: SearchRules, fail: Fail): OrderTerm {
  const notParsed = `Invalid order_by clause '${shown(clause)}'. Could not be parsed.`
  const parsed = parseStatement(clause)
  if (!('statement' in parsed))
    return fail(
      parsed.reason === 'limits'
        ? `Error on parsing order_by clause '${shown(clause)}'`
        : notParsed,
    )
  const text = termText(parsed.statement.children!, clause) ?? fail(notParsed)
  const words = shellWords(text.replaceAll('`', '"'))
  if (words === null || words.length > 2) return fail(notParsed)
  const [key, direction] = words
  const isAscending = direction?.toLowerCase() !== 'desc'
  if (direction !== undefined && isAscending && direction.toLowerCase() !== 'asc')
    return fail(`Invalid ordering key in order_by clause '${shown(clause)}'.`)
  const written = direction === undefined || key === undefined ? text : key
  const target = rules.identifyOrder(trim(written), fail)
  return { entity: target.entity, key: target.key, ascending: isAscending }
}

/** The text of a clause that is one identifier, its direction within, or `timestamp`, which is a type to SQL. */
function termText(nodes: readonly Node[], clause: string): string | null {
  const [first, last] = [nodes[0]!, nodes.at(-1)!]
  if (nodes.length === 1 && first.kind === 'identifier') return clause
  if (first.kind !== 'builtin' || clause.slice(first.start, first.end) !== 'timestamp') return null
  if (nodes.length === 1) return clause
  const isOrdered = last.kind === 'order' && nodes.slice(1, -1).every(isBlank)
  return isOrdered ? `timestamp ${clause.slice(last.start, last.end)}` : null
}

function trim(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && isSpace(text[start]!)) start++
  while (end > start && isSpace(text[end - 1]!)) end--
  return text.slice(start, end)
}
