/** A piece of SQL, white space and comments left out. */
export interface SqlToken {
  /** `word`: bare; `name`: quoted as a name is; `string`: in single quotes; `parameter`: `?` or `?1`; `named`: `:a`. */
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'parameter' | 'named' | 'sign'
  /** Without quotes. */
  readonly text: string
  readonly start: number
  readonly end: number
}

const TOKEN = new RegExp(
  [
    String.raw`(?<space>[ \t\n\f\r\uFEFF]+|--[^\n]*|/\*[\s\S]*?(?:\*/|$))`,
    String.raw`(?<string>'[^']*(?:''[^']*)*'?)`,
    String.raw`(?<name>"[^"]*(?:""[^"]*)*"?|${'`'}[^${'`'}]*(?:${'``'}[^${'`'}]*)*${'`'}?|\[[^\]]*\]?)`,
    String.raw`(?<word>[A-Za-z_\u0080-\uFFFF][\w$\u0080-\uFFFF]*)`,
    String.raw`(?<number>\d[\w.$\u0080-\uFFFF]*)`,
    String.raw`(?<parameter>\?\d*)`,
    String.raw`(?<named>[:@$#][\w$\u0080-\uFFFF]+)`,
    String.raw`(?<sign>[\s\S])`,
  ].join('|'),
  'g',
)

/**
 * SQL cut up as SQLite's own tokenizer does (tokenize.c), as far as it matters for what a query names. What has no
 * end is taken up to the end of the text; SQLite refuses it.
 */
export function tokenize(sql: string): SqlToken[] {
  const tokens: SqlToken[] = []
  for (const match of sql.matchAll(TOKEN)) {
    const found = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)
    const [kind, raw] = found as [SqlToken['kind'] | 'space', string]
    if (kind === 'space') continue
    const text = kind === 'string' || kind === 'name' ? unquote(raw) : raw
    tokens.push({ kind, text, start: match.index, end: match.index + raw.length })
  }
  return tokens
}

function unquote(raw: string): string {
  const quote = raw.startsWith('[') ? ']' : raw.charAt(0)
  const inner = raw.slice(1, raw.length > 1 && raw.endsWith(quote) ? -1 : undefined)
  return quote === ']' ? inner : inner.replaceAll(quote + quote, quote)
}
