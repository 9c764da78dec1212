import type { JsonValue } from '../../entities/json-value.js'

const NULL = /^(?:~|null|Null|NULL|)$/
const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/
const INTEGER = /^[-+]?(?:0|[1-9][\d_]*)$/
const FLOAT = /^[-+]?(?:\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|\.[\d_]+(?:[eE][-+]\d+)?)$/

/** Whether an unquoted scalar means nothing, in YAML 1.1 as PyYAML reads it; `None` is a text. */
export function isNull(text: string): boolean {
  return NULL.test(text)
}

/** What an unquoted scalar says, in YAML 1.1 as PyYAML reads it: `1e3` is a text there, `1.0e+3` a number. */
export function plainToJson(text: string): JsonValue {
  if (isNull(text)) return null
  if (TRUE.test(text)) return true
  if (FALSE.test(text)) return false
  if (INTEGER.test(text) || FLOAT.test(text)) return Number(text.replaceAll('_', ''))
  return text
}
