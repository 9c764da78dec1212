import { invalid } from './invalid.js'

const CANONICAL_INTEGER = /^(?:0|-?[1-9]\d*)$/
const PYTHON_INTEGER = /^\s*[+-]?\d+(?:_\d+)*\s*$/
const RANDOM_ID = /^\w[\w-]{0,255}$/
const TRACE_ID = /^\w[\w.:-]{0,49}$/

/** Whether a text may be the id of a run or of a logged model. */
export function isRandomId(text: string): boolean {
  return RANDOM_ID.test(text)
}

/** Whether a text may be the id of a trace. */
export function isTraceId(text: string): boolean {
  return TRACE_ID.test(text)
}

/** A version 4 UUID from 16 random bytes, as 32 lower-case hex digits: the form of run ids. */
export function newUuidHex(randomBytes: (n: number) => Uint8Array): string {
  const bytes = Uint8Array.from(randomBytes(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytesToHex(bytes)
}

/** Lower-case hex, two digits a byte. */
export function bytesToHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}

/** An experiment id in its plain decimal form; INVALID_PARAMETER_VALUE for what is no integer. */
export function canonicalExperimentId(experimentId: string): string {
  if (CANONICAL_INTEGER.test(experimentId)) return experimentId
  if (PYTHON_INTEGER.test(experimentId)) return pythonInteger(experimentId)
  throw invalid(`Invalid experiment ID '${experimentId}'. Experiment ID must be a valid integer.`)
}

function pythonInteger(text: string): string {
  const digits = text.trim().replaceAll('_', '')
  const magnitude = BigInt(digits.replace(/^[+-]/, ''))
  return String(digits.startsWith('-') ? -magnitude : magnitude)
}
