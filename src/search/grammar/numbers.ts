import { isDigit } from './characters.js'

const ASCII = /^[-.\deE]*$/

/** The number that a token of digits of any script says; past the range of doubles it is infinite. */
export function numberOf(text: string): number {
  return Number(ASCII.test(text) ? text : Array.from(text, toAscii).join(''))
}

/** Whether a token is a whole number as MLflow tells it: it has no point and no exponent. */
export function isWhole(text: string): boolean {
  return !/[.eE]/.test(text)
}

/** Decimal digits stand in tens, in order, in every script. */
function toAscii(char: string): string {
  if (!isDigit(char)) return char
  const code = char.codePointAt(0)!
  let before = 0
  while (isDigit(String.fromCodePoint(code - before - 1))) before++
  return String(before % 10)
}

/** The whole number that Python's `int` makes of a text, as its shortest text; null where it makes none. */
export function integerText(text: string): string | null {
  const match = /^([+-]?)(\p{Nd}+(?:_\p{Nd}+)*)$/u.exec(trimSpace(text))
  if (match === null) return null
  const digits = Array.from(match[2]!.replaceAll('_', ''), toAscii).join('')
  const shortest = digits.replace(/^0+(?=.)/, '')
  return match[1] === '-' && shortest !== '0' ? `-${shortest}` : shortest
}

/** As `integerText`, but a number. */
export function integerOf(text: string): number | null {
  const integer = integerText(text)
  return integer === null ? null : Number(integer)
}

function trimSpace(text: string): string {
  return text.replace(/^[\s\x1c-\x1f\x85]+|[\s\x1c-\x1f\x85]+$/g, '')
}
