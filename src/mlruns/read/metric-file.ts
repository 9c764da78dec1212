import { TrackletError } from '../../errors.js'
import type { Doubt, SourceSeries } from '../../import/source.js'
import { concatenate } from '../../util/concatenate.js'
import { PlainLines } from './plain-lines.js'
import { Points } from './points.js'

/** Datasets and runs that the points of one file may belong to, and points of these, which are held until its end. */
const MOST_CONTEXTS = 10_000
const MOST_HELD = 2 ** 24
/** Lines of one file that are doubted one by one. */
const MOST_DOUBTS = 20

/** A line of this many bytes is no point's. */
const LONGEST_LINE = 64 * 1024
const CUT = new TextEncoder().encode('…')
const LINE_FEED = 10
const FIRST_LINE = new TextDecoder()
const OTHER_LINES = new TextDecoder('utf-8', { ignoreBOM: true })
/** For all files, as what it reads is taken over at once. */
const PLAIN_LINES = new PlainLines()

/** What a line says beside timestamp, value and step. */
interface Context {
  /** The run that logged the value, in files of logged models; '' elsewhere. */
  readonly runId: string
  readonly datasetName: string
  readonly datasetDigest: string
}

/** A stretch of a metric file: points of one context. */
export interface MetricStretch extends Omit<SourceSeries, 'key' | 'modelId'> {
  /** In files of logged models. */
  readonly runId?: string
}

/**
 * The points of a metric file, in its order, those of one dataset (and run) together. `owner` says whose file it is, which
 * decides what a fourth word means. Lines that are none are doubted and left out.
 */
export async function* readMetricFile(
  parts: AsyncIterable<Uint8Array>,
  path: string,
  owner: 'run' | 'model',
  doubt: Doubt,
): AsyncGenerator<MetricStretch, void, undefined> {
  const file = new MetricFile(path, owner, doubt)
  for await (const part of parts) yield* file.take(part)
  yield* file.end()
}

/** A metric file as it is read: the points that are held, and the line that is not whole yet. */
class MetricFile {
  readonly #path: string
  readonly #owner: 'run' | 'model'
  readonly #doubts: LineDoubts
  readonly #plain = new Points()
  readonly #others = new Map<string, { context: Context; points: Points }>()
  #rest: Uint8Array = new Uint8Array(0)
  #number = 0
  #held = 0

  constructor(path: string, owner: 'run' | 'model', doubt: Doubt) {
    this.#path = path
    this.#owner = owner
    this.#doubts = new LineDoubts(path, doubt)
  }

  /** Reads the lines that a part makes whole. */
  *take(part: Uint8Array): Generator<MetricStretch, void, undefined> {
    const bytes = this.#rest.length === 0 ? part : concatenate([this.#rest, part])
    let at = 0
    for (;;) {
      const { count, next, isFull } = PLAIN_LINES.read(bytes, at)
      this.#number += count
      this.#plain.append(PLAIN_LINES, count)
      if (this.#plain.full) yield this.#plain.take()
      at = next
      if (isFull) continue
      const end = bytes.indexOf(LINE_FEED, at)
      if (end < 0) break
      this.#addLine(bytes.subarray(at, end))
      at = end + 1
    }
    // The part is not ours to keep.
    this.#rest = cut(bytes.slice(at))
  }

  /** Reads the last line, and gives what was held. */
  *end(): Generator<MetricStretch, void, undefined> {
    if (this.#rest.length > 0) this.#addLine(this.#rest)
    if (!this.#plain.empty) yield this.#plain.take()
    for (const { context, points } of this.#others.values())
      for (const stretch of points.takeAll()) yield { ...stretch, ...toNames(context) }
    this.#doubts.end()
  }

  /** A line of any form. */
  #addLine(bytes: Uint8Array): void {
    // Only a file's first sign may be a mark of its encoding.
    const decoder = this.#number++ === 0 ? FIRST_LINE : OTHER_LINES
    const text = decoder.decode(bytes)
    const line = text.endsWith('\r') ? text.slice(0, -1) : text
    const words = line.split(' ')
    const context = contextOf(words, this.#owner)
    const points = context === null ? this.#plain : held(this.#others, context)
    if (this.#others.size > MOST_CONTEXTS || this.#held > MOST_HELD) throw tooMuch(this.#path)
    if (!points.add(words)) this.#doubts.add(this.#number, line)
    else if (context !== null) this.#held++
  }
}

function tooMuch(path: string): TrackletError {
  return new TrackletError(
    'RESOURCE_EXHAUSTED',
    `'${path}' has more than ${MOST_CONTEXTS} datasets, or more than ${MOST_HELD} points of datasets: such a file is not taken.`,
  )
}

/** Null for a line without a context. A dataset's name may hold blanks; a digest holds none. */
function contextOf(words: readonly string[], owner: 'run' | 'model'): Context | null {
  const extra = owner === 'model' ? 4 : 3
  const runId = owner === 'model' ? (words[3] ?? '') : ''
  if (words.length >= extra + 2)
    return { runId, datasetName: words.slice(extra, -1).join(' '), datasetDigest: words.at(-1)! }
  return runId === '' ? null : { runId, datasetName: '', datasetDigest: '' }
}

function held(all: Map<string, { context: Context; points: Points }>, context: Context): Points {
  const name = JSON.stringify(context)
  const known = all.get(name) ?? { context, points: new Points() }
  all.set(name, known)
  return known.points
}

function toNames({ runId, datasetName, datasetDigest }: Context): Partial<MetricStretch> {
  return {
    ...(runId !== '' && { runId }),
    ...(datasetName !== '' && { datasetName, datasetDigest }),
  }
}

/** The beginning of a line that is too long: what goes on after it must not make a point of it. */
function cut(rest: Uint8Array): Uint8Array {
  return rest.length > LONGEST_LINE ? concatenate([CUT, rest.subarray(0, LONGEST_LINE)]) : rest
}

/** Tells of the first bad lines, and how many there were. */
class LineDoubts {
  readonly #path: string
  readonly #doubt: Doubt
  #count = 0

  constructor(path: string, doubt: Doubt) {
    this.#path = path
    this.#doubt = doubt
  }

  add(number: number, line: string): void {
    this.#count++
    if (this.#count > MOST_DOUBTS) return
    const shown = JSON.stringify(line.slice(0, 80))
    this.#doubt(this.#path, `Line ${number} is no point and was left out: ${shown}.`)
  }

  end(): void {
    const more = this.#count - MOST_DOUBTS
    if (more > 0) this.#doubt(this.#path, `${more} more lines are no points and were left out.`)
  }
}
