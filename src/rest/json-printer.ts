import { pythonFloat } from '../entities/python-text.js'
import { Double, JsonText } from './answer.js'
import type { Answer, AnswerValue } from './answer.js'

const NOT_ASCII = /[^ -~]/g
const PLAIN = /^[ !#-[\]-~]*$/

/** An answer as MLflow's JSON: in ASCII, integers exact, doubles as Python prints them, what is absent left out. */
export function printAnswer(answer: Answer): string {
  let members = ''
  for (const name of Object.keys(answer)) {
    const value = answer[name]
    if (!isAbsent(value)) members += `${members === '' ? '' : ','}${quote(name)}:${print(value)}`
  }
  return `{${members}}`
}

function print(value: AnswerValue): string {
  if (typeof value === 'string') return quote(value)
  if (value instanceof Double) return printDouble(value.value)
  if (value instanceof JsonText) return value.text
  if (Array.isArray(value)) return printList(value)
  if (typeof value === 'object' && value !== null) return printAnswer(value as Answer)
  return String(value ?? null)
}

function printList(values: readonly AnswerValue[]): string {
  let items = ''
  for (const value of values) items += `${items === '' ? '' : ','}${print(value)}`
  return `[${items}]`
}

function isAbsent(value: AnswerValue): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0)
}

/** NaN is text; the infinities are the greatest doubles, as MLflow's SQL store has them. */
function printDouble(value: number): string {
  if (Number.isNaN(value)) return '"NaN"'
  return pythonFloat(Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value)))
}

function quote(text: string): string {
  // Nearly every text: a page of runs has tens of thousands.
  if (PLAIN.test(text)) return `"${text}"`
  return JSON.stringify(text).replace(
    NOT_ASCII,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
