import type { Int64Column } from '../../entities/int64.js'
import { TrackletError } from '../../errors.js'
import type { Doubt, SourceSeries } from '../../import/source.js'

/** Points held at a time. */
const SLICE = 32_768
const INTEGER = /^[-+]?\d{1,19}$/
const FLOAT = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/
const MAX_INT64 = 2n ** 63n - 1n
/** Datasets and runs that the points of one file may belong to, and points of these, which are held until its end. */
const MOST_CONTEXTS = 10_000
const MOST_HELD = 2 ** 24
/** Lines of one file that are doubted one by one. */
const MOST_DOUBTS = 20

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
  const others = new Map<string, { context: Context; points: Points }>()
  const plain = new Points()
  const doubts = new LineDoubts(path, doubt)
  let [number, kept] = [0, 0]
  for await (const line of lines(parts)) {
    number++
    const words = line.split(' ')
    const context = contextOf(words, owner)
    const points = context === null ? plain : held(others, context)
    if (others.size > MOST_CONTEXTS || kept > MOST_HELD) throw tooMuch(path)
    if (!points.add(words)) doubts.add(number, line)
    else if (context !== null) kept++
    if (context === null && plain.full) yield plain.take()
  }
  if (!plain.empty) yield plain.take()
  for (const { context, points } of others.values())
    for (const stretch of points.takeAll()) yield { ...stretch, ...toNames(context) }
  doubts.end()
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

/** Points on their way into columns. */
class Points {
  readonly #done: MetricStretch[] = []
  #steps: (number | bigint)[] = []
  #times: (number | bigint)[] = []
  #values: number[] = []

  get full(): boolean {
    return this.#values.length >= SLICE
  }

  get empty(): boolean {
    return this.#values.length === 0
  }

  /** False for words that are no point. */
  add(words: readonly string[]): boolean {
    const [time = '', value = '', step = '0'] = words
    const [timestamp, number, stepNumber] = [toInt64(time), toFloat(value), toInt64(step)]
    if (timestamp === null || timestamp < 0 || number === null || stepNumber === null) return false
    if (this.full) this.#done.push(this.take())
    this.#steps.push(stepNumber)
    this.#times.push(timestamp)
    this.#values.push(number)
    return true
  }

  take(): MetricStretch {
    const stretch = {
      steps: toColumn(this.#steps),
      timestamps: toColumn(this.#times),
      values: Float64Array.from(this.#values),
    }
    this.#steps = []
    this.#times = []
    this.#values = []
    return stretch
  }

  takeAll(): MetricStretch[] {
    const done = this.#done.splice(0)
    return this.empty ? done : [...done, this.take()]
  }
}

function toColumn(values: readonly (number | bigint)[]): Int64Column {
  return values.every((value) => typeof value === 'number')
    ? Float64Array.from(values)
    : BigInt64Array.from(values, BigInt)
}

/** Python's `int` of a text, within 64 bits; a float's text is cut, as some clients have written times. */
function toInt64(text: string): number | bigint | null {
  if (!INTEGER.test(text)) {
    const cut = FLOAT.test(text) ? Math.trunc(Number(text)) : NaN
    return Number.isSafeInteger(cut) ? cut : null
  }
  const number = Number(text)
  if (Number.isSafeInteger(number)) return number
  const exact = BigInt(text)
  return exact > MAX_INT64 || exact < -MAX_INT64 - 1n ? null : exact
}

/** Python's `float` of a text. */
function toFloat(text: string): number | null {
  if (FLOAT.test(text)) return Number(text)
  const name = /^([-+]?)(nan|inf|infinity)$/i.exec(text)
  if (name === null) return null
  if (name[2]!.toLowerCase() === 'nan') return NaN
  return name[1] === '-' ? -Infinity : Infinity
}

/** A line of this many characters is no point's. */
const LONGEST_LINE = 64 * 1024
const CUT = '…'

async function* lines(parts: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const part of parts) {
    const pieces = (rest + decoder.decode(part, { stream: true })).split('\n')
    rest = pieces.pop()!
    // What goes on after a cut must not make a point of it.
    if (rest.length > LONGEST_LINE) rest = `${CUT}${rest.slice(0, LONGEST_LINE)}`
    for (const piece of pieces) yield piece.endsWith('\r') ? piece.slice(0, -1) : piece
  }
  rest += decoder.decode()
  if (rest !== '') yield rest
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
