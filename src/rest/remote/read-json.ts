const LONG_INTEGER = /(?<![\d.])\d{16,}(?![\d.eE])/
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/**
 * JSON as MLflow's servers write it, without loss: integers past 2^53 become texts of digits, as proto JSON has them.
 * Throws SyntaxError for what is no JSON.
 */
export function readJson(text: string): unknown {
  return JSON.parse(LONG_INTEGER.test(text) ? text.replace(TOKEN, keepDigits) : text)
}

function keepDigits(token: string): string {
  if (!/^-?\d{16,}$/.test(token) || Number.isSafeInteger(Number(token))) return token
  return `"${token}"`
}
