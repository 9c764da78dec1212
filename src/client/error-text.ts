/** An error as people want to read it later: its stack and that of every cause, as far as there are any. */
export function errorToText(error: unknown): string {
  const parts: string[] = []
  const seen = new Set<unknown>()
  for (
    let current = error;
    current !== undefined && !seen.has(current);
    current = causeOf(current)
  ) {
    seen.add(current)
    parts.push(describe(current))
  }
  return `${parts.join('\nCaused by: ')}\n`
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const head = `${error.name}: ${error.message}`
  const stack = error.stack ?? head
  // Firefox and Safari leave name and message out of the stack.
  const text = stack.includes(error.message) ? stack : `${head}\n${stack}`
  return error instanceof AggregateError ? `${text}${members(error)}` : text
}

function members(error: AggregateError): string {
  return error.errors
    .map((one, at) => `\n[${at}] ${describe(one).replaceAll('\n', '\n    ')}`)
    .join('')
}
