import type { SearchSyntax } from '../../src/search/grammar/ast.js'
import {
  chance,
  pick,
  several,
  randomKey,
  randomStart,
  randomText,
  type Random,
} from './random-runs.js'

// Texts of searches, seeded: such as MLflow takes, and such as it may not.

const NUMERIC = ['=', '!=', '>', '>=', '<', '<=']
const TEXTUAL = ['=', '!=', 'LIKE', 'ILIKE', 'like', 'iLike']
const EXACT_TEXTUAL = ['=', '!=', 'LIKE', 'ILIKE']
const MEMBER = ['IN', 'NOT IN', 'in', 'not  in']
const NUMBER_TEXTS = [
  ...['0', '1', '-1', '0.5', '.5', '-.5', '5.', '1e3', '1E-2', '0.90', '1e400', '-1e400'],
  ...['1.7976931348623157e308', '0.30000000000000004', '9007199254740992', '3', '0.25', '-0'],
]
const FUNCTIONS = ['first', 'last', 'min', 'max', 'mean', 'count']
const BARE = /^[\p{L}_][\p{L}\p{Nd}_]*$/u
const BREAKING = /^(case|in|values|using|from|as)$/i

/** What a filter of runs may name. */
export interface KnownIds {
  readonly runIds: readonly string[]
}

/** A filter of runs that the grammar takes. */
export function randomRunFilter(random: Random, syntax: SearchSyntax, known: KnownIds): string {
  if (chance(random, 0.05)) return ''
  const comparison = (): string => runComparison(random, syntax, known)
  if (syntax === 'extended' && chance(random, 0.7)) return expression(random, 3, comparison)
  return conjunction(random, [comparison(), ...several(random, 3, comparison)])
}

/** Clauses of an order of runs, mostly such that none stands twice. */
export function randomRunOrder(random: Random): string[] {
  return several(random, 4, () => {
    const direction = pick(random, ['', '', ' ASC', ' DESC', ' asc', ' Desc'])
    return `${orderKey(random)}${direction}`
  })
}

/** A filter of experiments that the grammar takes. */
export function randomExperimentFilter(random: Random, ids: readonly string[]): string {
  if (chance(random, 0.1)) return ''
  const comparison = (): string => experimentComparison(random, ids)
  return conjunction(random, [comparison(), ...several(random, 2, comparison)])
}

/** Clauses of an order of experiments. */
export function randomExperimentOrder(random: Random): string[] {
  const keys = ['name', 'experiment_id', 'creation_time', 'last_update_time', 'attribute.name']
  return several(random, 3, () => `${pick(random, keys)}${pick(random, ['', ' ASC', ' DESC'])}`)
}

/** A text with a few small changes: mostly one that the grammar refuses. */
export function mutate(random: Random, text: string): string {
  let characters = [...text]
  for (let changes = 1 + Math.floor(random() * 2); changes > 0; changes--) {
    const at = Math.floor(random() * (characters.length + 1))
    const removed = chance(random, 0.5) ? Math.floor(random() * 3) : 0
    const added = chance(random, 0.7) ? pick(random, FRAGMENTS) : ''
    characters = [...characters.slice(0, at), ...added, ...characters.slice(at + removed)]
  }
  return characters.join('')
}

const FRAGMENTS = [
  ...[' ', '  ', '\t', '\n', '\u00a0', '.', ',', ';', '(', ')', "'", '"', '`', '=', '>', '<', '!'],
  ...['-', '+', '/', '*', '%', '_', '@', '#', '$', ':', '?', '[', ']', '{', '}', '~', '&&', '||'],
  ...[' AND ', ' and ', ' OR ', ' NOT ', ' IN ', ' IS ', ' NULL', ' LIKE ', ' BETWEEN ', ' AS '],
  ...['metrics.', 'params.', 'tags.', 'attributes.', 'dataset.', 'foo.', 'acc', 'status', 'in'],
  ...[
    '0',
    '1',
    '1.5',
    '1e5',
    '0x1',
    "'x'",
    '"y"',
    "('a', 'b')",
    '()',
    '--',
    '/*',
    '*/',
    'é',
    '日',
    '😀',
  ],
]

function conjunction(random: Random, comparisons: readonly string[]): string {
  return comparisons.reduce(
    (text, one) => `${text}${pick(random, [' AND ', ' and ', '\n AND\t'])}${one}`,
  )
}

function expression(random: Random, depth: number, comparison: () => string): string {
  if (depth === 0 || chance(random, 0.3)) return comparison()
  const inner = (): string => expression(random, depth - 1, comparison)
  if (chance(random, 0.25)) return `NOT (${inner()})`
  if (chance(random, 0.15)) return `NOT ${comparison()}`
  const sides = `${inner()} ${pick(random, ['AND', 'OR', 'or', 'and'])} ${inner()}`
  return chance(random, 0.6) ? `(${sides})` : sides
}

function runComparison(random: Random, syntax: SearchSyntax, known: KnownIds): string {
  const kind = Math.floor(random() * 6)
  if (kind <= 1) return metricComparison(random, syntax)
  if (kind === 2)
    return textComparison(
      random,
      keyed(random, ['params', 'param', 'parameters'], randomKey(random)),
      syntax,
    )
  if (kind === 3)
    return textComparison(random, keyed(random, ['tags', 'tag'], tagKey(random)), syntax)
  if (kind === 4) return datasetComparison(random)
  return attributeComparison(random, syntax, known)
}

function metricComparison(random: Random, syntax: SearchSyntax): string {
  const metric = keyed(random, ['metrics', 'metric'], randomKey(random))
  if (syntax === 'mlflow') return numberComparison(random, metric)
  const side = chance(random, 0.4) ? seriesFunction(random, metric) : metric
  if (chance(random, 0.8)) return numberComparison(random, side)
  const list = [pick(random, NUMBER_TEXTS), ...several(random, 3, () => pick(random, NUMBER_TEXTS))]
  return `${side} ${pick(random, ['IN', 'NOT IN'])} (${list.join(', ')})`
}

function seriesFunction(random: Random, metric: string): string {
  const points = chance(random, 0.3) ? `, ${1 + Math.floor(random() * 3)}` : ''
  return `${pick(random, FUNCTIONS)}(${metric}${points})`
}

function numberComparison(random: Random, left: string): string {
  const space = pick(random, ['', ' '])
  return `${left}${space}${pick(random, NUMERIC)}${space}${pick(random, NUMBER_TEXTS)}`
}

function textComparison(random: Random, left: string, syntax: SearchSyntax): string {
  if (chance(random, 0.2))
    return `${left} ${pick(random, ['IS NULL', 'IS NOT NULL', 'is not null'])}`
  if (syntax === 'extended' && chance(random, 0.2))
    return memberComparison(random, left, randomText)
  return `${left} ${pick(random, TEXTUAL)} ${quoted(random, pattern(random))}`
}

function memberComparison(random: Random, left: string, text: (random: Random) => string): string {
  const items = [text(random), ...several(random, 3, () => text(random))]
  // Texts in a list are Python literals there: what needs an escape is left out.
  const plain = items.map((item) => `'${item.replace(/['\\\n]/g, '')}'`)
  return `${left} ${pick(random, MEMBER)} (${plain.join(', ')})`
}

function datasetComparison(random: Random): string {
  const field = pick(random, ['name', 'digest', 'context'])
  const left = `${pick(random, ['dataset', 'datasets'])}.${field}`
  const value = (): string =>
    pick(random, ['cifar', 'Cifar', 'imdb', 'aaa', 'AAA', 'train', '', 'eval', 'c%'])
  if (chance(random, 0.3)) return memberComparison(random, left, value)
  return `${left} ${pick(random, TEXTUAL)} ${quoted(random, value())}`
}

function attributeComparison(random: Random, syntax: SearchSyntax, { runIds }: KnownIds): string {
  const of = (key: string): string => {
    const prefix = pick(random, ['', '', 'attributes.', 'attribute.', 'attr.', 'run.'])
    return `${prefix}${key}`
  }
  const runId = (): string => (runIds.length > 0 ? pick(random, runIds) : 'none')
  switch (Math.floor(random() * 7)) {
    case 0:
      return numberTimes(random, of(pick(random, ['start_time', 'created', 'Created'])))
    case 1:
      return numberTimes(random, of('end_time'))
    case 2:
      return memberComparison(random, of('run_id'), runId)
    case 3:
      return `${of('run_id')} ${pick(random, TEXTUAL)} '${runId().slice(0, 4)}%'`
    case 4:
      return `${of('status')} ${pick(random, TEXTUAL)} '${pick(random, ['FINISHED', 'running', 'F%', '%E%', 'KILLED'])}'`
    case 5:
      return textOnly(random, of('user_id'), syntax)
    default:
      return textOnly(
        random,
        chance(random, 0.8) ? of('run_name') : 'attributes.`run name`',
        syntax,
      )
  }
}

function textOnly(random: Random, left: string, syntax: SearchSyntax): string {
  if (syntax === 'extended' && chance(random, 0.2))
    return memberComparison(random, left, randomText)
  return `${left} ${pick(random, TEXTUAL)} ${quoted(random, pick(random, ['run %', 'run 1_', pattern(random)]))}`
}

function numberTimes(random: Random, left: string): string {
  const value = randomStart(random) + (chance(random, 0.3) ? 500 : 0)
  const fraction = chance(random, 0.1) ? '.5' : ''
  return `${left} ${pick(random, NUMERIC)} ${value}${fraction}`
}

/** Comparators are words in capitals there, IS NULL apart. */
function experimentComparison(random: Random, ids: readonly string[]): string {
  const prefix = pick(random, ['', 'attribute.'])
  const comparator = pick(random, EXACT_TEXTUAL)
  switch (Math.floor(random() * 4)) {
    case 0: {
      const value = pick(random, ['Exp%', 'exp%', '%1', pattern(random)])
      return `${prefix}name ${comparator} ${quoted(random, value)}`
    }
    case 1:
      return experimentId(random, `${prefix}experiment_id`, ids)
    case 2: {
      const key = pick(random, ['creation_time', 'last_update_time'])
      return `${prefix}${key} ${pick(random, NUMERIC)} ${randomStart(random)}`
    }
    default: {
      const tag = keyed(random, ['tags', 'tag'], randomKey(random))
      if (chance(random, 0.3))
        return `${tag} ${pick(random, ['IS NULL', 'IS NOT NULL', 'is null'])}`
      return `${tag} ${comparator} ${quoted(random, pattern(random))}`
    }
  }
}

function experimentId(random: Random, left: string, ids: readonly string[]): string {
  const some = `'${pick(random, ids)}', "${pick(random, ids)}"`
  return chance(random, 0.5)
    ? `${left} ${pick(random, ['IN', 'NOT IN'])} (${some})`
    : `${left} ${pick(random, ['=', '!='])} '${pick(random, ids)}'`
}

function orderKey(random: Random): string {
  switch (Math.floor(random() * 6)) {
    case 0:
    case 1:
      return keyed(random, ['metrics', 'metric'], randomKey(random))
    case 2:
      return keyed(random, ['params', 'param'], randomKey(random))
    case 3:
      return keyed(random, ['tags', 'tag'], tagKey(random))
    default: {
      const keys = [
        'start_time',
        'end_time',
        'created',
        'status',
        'run_name',
        'run_id',
        'user_id',
        'artifact_uri',
      ]
      return `${pick(random, ['', 'attributes.'])}${pick(random, keys)}`
    }
  }
}

function tagKey(random: Random): string {
  return chance(random, 0.1) ? 'mlflow.runName' : randomKey(random)
}

/** An entity's key, in quotes where it needs them. */
function keyed(random: Random, entities: readonly string[], key: string): string {
  const needsQuotes = !key.split('.').every((part) => BARE.test(part) && !BREAKING.test(part))
  const quote = needsQuotes || chance(random, 0.2) ? pick(random, ['`', '"']) : ''
  return `${pick(random, entities)}.${quote}${key}${quote}`
}

function pattern(random: Random): string {
  const text = randomText(random)
  if (chance(random, 0.5)) return text
  const characters = [...text].map((one) =>
    chance(random, 0.3) ? pick(random, ['_', '%', one.toUpperCase()]) : one,
  )
  return `${pick(random, ['', '%'])}${characters.join('')}${pick(random, ['', '%', '_'])}`
}

/** A text in quotes. One that has both kinds in it cannot be written: it loses the single ones. */
function quoted(random: Random, text: string): string {
  if (!text.includes("'"))
    return text.includes('"') || chance(random, 0.7) ? `'${text}'` : `"${text}"`
  return text.includes('"') ? `'${text.replaceAll("'", '')}'` : `"${text}"`
}
