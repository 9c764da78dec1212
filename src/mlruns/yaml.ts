import { Document, Scalar, YAMLMap, YAMLSeq } from 'yaml'

/** What a meta.yaml of the file store holds under one key. */
export type YamlValue =
  string | number | boolean | null | readonly YamlValue[] | { readonly [key: string]: YamlValue }

/** Taken for another type, by one YAML 1.1 reader or other, when it stands unquoted. */
const RESERVED = /^(?:y|n|yes|no|on|off|true|false|null|none|nan|inf)$/i
const PLAIN = /^[\p{L}_/](?:[\p{L}\p{M}\p{N}_./@+=,()-]| (?=[^ #])|:(?=[^ ]))*$/u
/** Not to stand as it is in YAML 1.1, or taken for a line break or a byte order mark. */
const UNPRINTABLE =
  /[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/gu
const LONE_SURROGATE = /\p{Cs}/gu
/** A number that YAML 1.1 takes for a text, since it has no point; no text ends a line like this unquoted. */
const POINTLESS = /(?<=(?:^|[:-] )-?\d+)(?=e[+-]\d+$)/gm

/**
 * A mapping as PyYAML writes it: block style, keys sorted, text quoted wherever a YAML 1.1 reader could
 * take it for something else. Long text is not folded; half a surrogate pair becomes U+FFFD.
 */
export function toYaml(record: Readonly<Record<string, YamlValue>>): string {
  // The 1.1 mode of the library would leave `<<` unquoted; which texts stand plain is decided here anyway.
  const yaml = new Document(null, { version: '1.2' })
  yaml.contents = toMap(record)
  const text = yaml.toString({
    lineWidth: 0,
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
    indentSeq: false,
  })
  return text.replace(UNPRINTABLE, escapeCharacter).replace(POINTLESS, '.0')
}

type YamlNode = Scalar | YAMLSeq | YAMLMap

function toMap(record: Readonly<Record<string, YamlValue>>): YAMLMap<Scalar, YamlNode> {
  const map = new YAMLMap<Scalar, YamlNode>()
  for (const key of Object.keys(record).sort()) map.set(toScalar(key), toNode(record[key] ?? null))
  map.flow = map.items.length === 0
  return map
}

function toNode(value: YamlValue): YamlNode {
  if (value === null || typeof value !== 'object') return toScalar(value)
  if (!isList(value)) return toMap(value)
  const list = new YAMLSeq<YamlNode>()
  list.items = value.map(toNode)
  list.flow = value.length === 0
  return list
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value)
}

function toScalar(value: string | number | boolean | null): Scalar {
  if (typeof value !== 'string') return new Scalar(value)
  const text = value.replace(LONE_SURROGATE, '\ufffd')
  const scalar = new Scalar(text)
  scalar.type = styleOf(text)
  return scalar
}

function styleOf(text: string): Scalar.Type {
  if (PLAIN.test(text) && !RESERVED.test(text)) return 'PLAIN'
  return text.includes('\n') || text.search(UNPRINTABLE) >= 0 ? 'QUOTE_DOUBLE' : 'QUOTE_SINGLE'
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`
}

function hex(code: number, width: number): string {
  return code.toString(16).padStart(width, '0')
}
