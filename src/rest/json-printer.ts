import { pythonFloat } from '../entities/python-text.js'
import { Double } from './answer.js'
import type { Answer, AnswerValue } from './answer.js'

const NOT_ASCII = /[^ -~]/g

/** An answer as MLflow's JSON: in ASCII, integers exact, doubles as Python prints them, what is absent left out. */
export function printAnswer(answer: Answer): string {
  const members: string[] = []
  for (const [name, value] of Object.entries(answer))
    if (!isAbsent(value)) members.push(`${quote(name)}:${print(value)}`)
  return `{${members.join(',')}}`
}

function print(value: AnswerValue): string {
  if (typeof value === 'string') return quote(value)
  if (value instanceof Double) return printDouble(value.value)
  if (Array.isArray(value)) return `[${value.map(print).join(',')}]`
  if (typeof value === 'object' && value !== null) return printAnswer(value as Answer)
  return String(value ?? null)
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
  return JSON.stringify(text).replace(
    NOT_ASCII,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
