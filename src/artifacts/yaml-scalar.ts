// How YAML 1.1 texts may be written, by the rules that PyYAML's emitter follows.

/** What a text allows its writer to do. */
export interface ScalarTraits {
  readonly plain: boolean
  readonly singleQuoted: boolean
  readonly multiline: boolean
}

const IMPLICIT = [
  /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  /^[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?$/,
  /^\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?$/,
  /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$/,
  /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  /^[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)$/,
  /^(?:<<|=|~|null|Null|NULL|)$/,
  /^\d{4}-\d\d-\d\d$/,
  /^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?$/,
]

const BREAK = /[\n\x85\u2028\u2029]/
const SPECIAL = /[^\n -~]/
const INDICATOR_AT_START = /^(?:[#,[\]{}&*!|>'"%@`]|[?:-](?=[\s\x85]|$)|---|\.\.\.)/
const INDICATOR_INSIDE = /:(?=[\0 \t\r\n\x85]|$)|[\0 \t\r\n\x85]#/

/** True when a YAML 1.1 reader takes the unquoted text for something other than text. */
export function looksTyped(text: string): boolean {
  return IMPLICIT.some((pattern) => pattern.test(text))
}

/** The forms that keep the text what it is, outside flow collections and with ASCII output. */
export function scalarTraits(text: string): ScalarTraits {
  const multiline = BREAK.test(text)
  const escaped = SPECIAL.test(text) || / \n/.test(text)
  const framed = /^[ \n]|[ \n]$/.test(text)
  const indicated = INDICATOR_AT_START.test(text) || INDICATOR_INSIDE.test(text)
  return {
    plain: text === '' || !(multiline || escaped || framed || indicated),
    singleQuoted: text === '' || !(escaped || /\n /.test(text)),
    multiline,
  }
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\xa0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
}

/** A character as it stands between double quotes; null where it stands for itself. */
export function escapeInDoubleQuotes(char: string): string | null {
  if (/^[ !#-[\]-~]$/.test(char)) return null
  const named = NAMED_ESCAPES[char]
  if (named !== undefined) return `\\${named}`
  const code = char.codePointAt(0) ?? 0
  const digits = code.toString(16).toUpperCase()
  if (code <= 0xff) return `\\x${digits.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`
}
