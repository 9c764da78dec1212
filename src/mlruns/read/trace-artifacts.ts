import type { Span } from '../../entities/trace.js'
import { validateSpans } from '../../entities/validate-spans.js'
import { TrackletError } from '../../errors.js'
import type { Doubt, SourceFile } from '../../import/source.js'
import { BadMeta } from './meta.js'
import { readSpanFile } from './span-file.js'

/** Where a trace's spans are, among its files. */
export const SPANS_FILE = 'traces.json'

/** The spans in a text; none where it is null, or, doubted, where it holds none that can be read. `path` is the file's. */
export async function readSpans(
  text: () => Promise<string | null>,
  path: string,
  doubt: Doubt,
): Promise<readonly Span[]> {
  try {
    const found = await text()
    return found === null ? [] : validateSpans(readSpanFile(found))
  } catch (error) {
    if (!isUnfit(error)) throw error
    doubt(path, `It cannot be read as spans: ${error.message}. It was kept as a file.`)
    return []
  }
}

/** A trace's files. That of the spans is none where they were read: the store makes it out of them. */
export async function* filesBeside(
  spans: readonly Span[],
  files: AsyncIterable<SourceFile>,
): AsyncGenerator<SourceFile, void, undefined> {
  for await (const file of files) if (spans.length === 0 || file.path !== SPANS_FILE) yield file
}

/** Whether an error says that what was read are no spans. */
export function isUnfit(error: unknown): error is Error {
  return (
    error instanceof BadMeta ||
    (error instanceof TrackletError && error.errorCode === 'INVALID_PARAMETER_VALUE')
  )
}
