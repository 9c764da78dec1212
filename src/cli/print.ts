import { styled } from './style.js'
import { tableToText, type TextTableColumn } from './table-text.js'
import { toJson } from './json.js'
import type { Platform } from './terminal.js'
import type { Context } from './verb.js'

/** Prints a value as JSON where the user wants that, else a line of text. */
export async function printResult(
  { out, json }: Context,
  value: unknown,
  line: string,
): Promise<void> {
  await out.write(json ? `${toJson(value)}\n` : `${line}\n`)
}

/** Prints a stream, piece by piece, as fast as it is taken. */
export async function printStream(
  { out }: Pick<Platform, 'out'>,
  stream: AsyncIterable<string | Uint8Array>,
): Promise<void> {
  for await (const piece of stream) await out.write(piece)
}

/** Prints a table; columns that a terminal has no room for are counted on standard error. */
export async function printTable(
  { out, err }: Pick<Platform, 'out' | 'err'>,
  columns: readonly TextTableColumn[],
): Promise<void> {
  const { text, hidden } = tableToText(columns, {
    width: out.columns,
    styleTitles: (line) => styled(out, 'bold', line),
  })
  await out.write(text)
  if (hidden === 0) return
  const columnsText = hidden === 1 ? '1 more column' : `${hidden} more columns`
  await err.write(styled(err, 'dim', `(${columnsText}: --csv or --json shows all)`) + '\n')
}
