import { endOfJsonString, parseJson } from '../util/parse-json.js'

const DEEPEST = 200
const LONG_INTEGER = /(?<![\d.])\d{16}/

/**
 * What a JSON text says, with integers beyond 2^53 as bigints, which `JSON.parse` would round; undefined where the
 * text is no JSON, or nests deeper than any request does. `NaN` and `Infinity` are read as Python reads them, so that a
 * request that holds one can be told where.
 */
export function readJson(text: string): unknown {
  try {
    return readQuickly(text) ?? parseJson(text, { integer: readInteger, deepest: DEEPEST })
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** By the platform's own reader, where it reads the same; undefined where it might not. */
function readQuickly(text: string): unknown {
  if (LONG_INTEGER.test(text) || isDeep(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether brackets nest deeper than `DEEPEST`, or strings do not end. */
function isDeep(text: string): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 0x22) {
      at = endOfJsonString(text, at)
      if (at === -1) return true
    } else if (unit === 0x5b || unit === 0x7b) {
      if (++depth > DEEPEST) return true
    } else if (unit === 0x5d || unit === 0x7d) depth--
  }
  return false
}

function readInteger(digits: string): number | bigint {
  const number = Number(digits)
  return Number.isSafeInteger(number) ? number : BigInt(digits)
}
