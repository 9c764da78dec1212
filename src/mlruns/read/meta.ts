import { Lexer, isAlias, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml'
import type { Node, YAMLMap } from 'yaml'
import type { JsonValue } from '../../entities/json-value.js'
import { isNull, plainToJson } from './yaml-scalars.js'

/** A meta.yaml that cannot be used, and why. */
export class BadMeta extends Error {}

/** What stands under a key: a text as it is written, a list, a mapping; null for nothing. */
export type MetaValue = string | null | readonly MetaValue[] | { readonly [key: string]: MetaValue }

const INTEGER = /^[-+]?\d{1,19}$/
const DEEPEST = 20
/** Of one meta.yaml; MLflow's have some hundred. */
const MOST_TOKENS = 20_000

/**
 * A mapping of the file store's, with every scalar as the text that it is written with: what it means depends on the
 * key, and a library's guess would round ids and make dates of names.
 */
export class Meta {
  readonly #values: Readonly<Record<string, MetaValue>>
  readonly #node: YAMLMap

  /** `values` by key, and the node that they are of. */
  constructor(values: Readonly<Record<string, MetaValue>>, node: YAMLMap) {
    this.#values = values
    this.#node = node
  }

  /** What stands under a key, with numbers and booleans as such; undefined where it is absent. */
  json(key: string): JsonValue | undefined {
    return Object.hasOwn(this.#values, key) ? nodeToJson(this.#node.get(key, true)) : undefined
  }

  /** What stands under a key; null where it is absent. */
  get(key: string): MetaValue {
    return Object.hasOwn(this.#values, key) ? this.#values[key]! : null
  }

  /** A text; null for nothing. BadMeta for a list or a mapping. */
  text(key: string): string | null {
    const value = this.get(key)
    if (value === null || typeof value === 'string') return value
    throw new BadMeta(`'${key}' is no text`)
  }

  /** A text that must be there. */
  required(key: string): string {
    const value = this.text(key)
    if (value === null || value === '') throw new BadMeta(`'${key}' is missing`)
    return value
  }

  /** A safe integer; null for nothing. */
  integer(key: string): number | null {
    const text = this.text(key)
    if (text === null) return null
    const number = Number(text)
    if (INTEGER.test(text) && Number.isSafeInteger(number)) return number
    throw new BadMeta(`'${key}' is no integer: '${text.slice(0, 40)}'`)
  }

  /** A mapping of texts, such as tags; empty where it is absent or another thing. */
  texts(key: string): Readonly<Record<string, string>> {
    const value = this.get(key)
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return {}
    const entries = Object.entries(value).filter((entry): entry is [string, string] => {
      return typeof entry[1] === 'string'
    })
    return Object.fromEntries(entries)
  }
}

/** Reads a meta.yaml. BadMeta where it is no mapping, is no YAML, or holds anchors, tags or deep nesting. */
export function readMeta(text: string): Meta {
  refuseManyTokens(text)
  try {
    return toMeta(text)
  } catch (error) {
    // The parser calls itself at each level.
    throw error instanceof RangeError ? new BadMeta('it is nested too deep') : error
  }
}

/** A parser makes objects of tokens, and compares each key with all others. */
function refuseManyTokens(text: string): void {
  let left = MOST_TOKENS
  for (const _ of new Lexer().lex(text))
    if (left-- === 0) throw new BadMeta(`it has more than ${MOST_TOKENS} words and signs`)
}

function toMeta(text: string): Meta {
  const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: true, logLevel: 'silent' })
  const [error] = document.errors
  if (error !== undefined)
    throw new BadMeta(`it is no YAML: ${error.message.split('\n')[0]!.slice(0, 200)}`)
  visit(document, {
    Alias() {
      throw new BadMeta('it holds an alias')
    },
    Node(_, node) {
      if (node.tag?.startsWith('tag:yaml.org,2002:') === false || node.anchor !== undefined)
        throw new BadMeta('it holds an anchor or a tag')
    },
  })
  if (!isMap(document.contents)) throw new BadMeta('it is no mapping')
  const values = nodeToValue(document.contents, 0) as Readonly<Record<string, MetaValue>>
  return new Meta(values, document.contents)
}

function nodeToValue(node: Node | null, depth: number): MetaValue {
  if (depth > DEEPEST) throw new BadMeta('it is nested too deep')
  if (node === null || isAlias(node)) return null
  if (isScalar(node)) {
    const text = String(node.value)
    return node.type === 'PLAIN' && isNull(text) ? null : text
  }
  if (isSeq(node)) return node.items.map((item) => nodeToValue(item as Node | null, depth + 1))
  if (!isMap(node)) return null
  const entries = node.items.map(({ key, value }): [string, MetaValue] => [
    isScalar(key) ? String(key.value) : '',
    nodeToValue(value as Node | null, depth + 1),
  ])
  return Object.fromEntries(entries)
}

/** `nodeToValue` has seen how deep it is. */
function nodeToJson(node: unknown): JsonValue {
  if (isScalar(node)) {
    const text = String(node.value)
    return node.type === 'PLAIN' ? plainToJson(text) : text
  }
  if (isSeq(node)) return node.items.map(nodeToJson)
  if (!isMap(node)) return null
  return Object.fromEntries(
    node.items.map(({ key, value }) => [isScalar(key) ? String(key.value) : '', nodeToJson(value)]),
  )
}
