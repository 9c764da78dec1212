import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import type { Benchmark, Contestant, Sample } from './benchmark.js'
import { ANSWER, type Task } from './child.js'
import type { Workshop } from './workshop.js'

const CHILD_LIMIT_MS = 10 * 60_000

/** What came of one contestant: its samples, one a round; none where it is absent. */
export interface Outcome {
  readonly contestant: Contestant
  readonly samples: readonly Sample[]
  readonly failure: string | null
}

/** How benchmarks are run. */
export interface RunOptions {
  readonly full: boolean
  /** Told what is being done. */
  readonly progress: (text: string) => void
}

/**
 * Measures every contestant of a benchmark, one at a time, each time in a fresh process; the order is reversed
 * from round to round, so that nobody has always the warmer machine.
 */
export async function runBenchmark(
  benchmark: Benchmark,
  workshop: Workshop,
  options: RunOptions,
): Promise<Outcome[]> {
  const racers: Racer[] = []
  for (const contestant of benchmark.contestants) {
    const racer = new Racer(benchmark, contestant, workshop, options)
    racers.push(racer)
    await racer.prepare()
  }
  const rounds = Math.max(...racers.map((racer) => racer.rounds))
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? racers : [...racers].reverse()
    for (const racer of order) if (round < racer.rounds) await racer.measure()
  }
  for (const racer of racers) await racer.tidy()
  return racers.map((racer) => racer.outcome)
}

class Racer {
  readonly rounds: number
  readonly #benchmark: Benchmark
  readonly #contestant: Contestant
  readonly #workshop: Workshop
  readonly #options: RunOptions
  readonly #samples: Sample[] = []
  #prepared: string | null = null
  #out = false
  #failure: string | null = null

  constructor(
    benchmark: Benchmark,
    contestant: Contestant,
    workshop: Workshop,
    options: RunOptions,
  ) {
    this.#benchmark = benchmark
    this.#contestant = contestant
    this.#workshop = workshop
    this.#options = options
    this.rounds = contestant.rounds ?? benchmark.rounds ?? 3
  }

  get outcome(): Outcome {
    return { contestant: this.#contestant, samples: this.#samples, failure: this.#failure }
  }

  async prepare(): Promise<void> {
    if (!this.#contestant.prepare) return
    this.#prepared = await this.#workshop.newFolder()
    await this.#step('prepare', this.#prepared)
  }

  async measure(): Promise<void> {
    if (this.#out) return
    const folder = this.#prepared ?? (await this.#workshop.newFolder())
    const sample = await this.#step('measure', folder)
    if (sample) this.#samples.push(sample)
    else this.#out = true
    if (!this.#prepared) await remove(folder)
  }

  async tidy(): Promise<void> {
    if (this.#prepared) await remove(this.#prepared)
  }

  async #step(step: Task['step'], folder: string): Promise<Sample | null> {
    const { name } = this.#contestant
    this.#options.progress(
      `${this.#benchmark.name}: ${name}${step === 'prepare' ? ', filling' : ''}`,
    )
    const place = { folder, full: this.#options.full }
    const task = { benchmark: this.#benchmark.name, contestant: name, step, place }
    try {
      return await runChild(task, this.#workshop)
    } catch (error) {
      this.#out = true
      this.#failure = (error as Error).message
      return null
    }
  }
}

function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
}

function runChild(task: Task, workshop: Workshop): Promise<Sample | null> {
  const args = [
    '--expose-gc',
    '--max-old-space-size=8192',
    workshop.childScript,
    JSON.stringify(task),
  ]
  const child = spawn(process.execPath, args, {
    cwd: workshop.folder,
    env: { ...process.env, ...workshop.variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: CHILD_LIMIT_MS,
  })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => {
      const answer = output.split('\n').find((line) => line.startsWith(ANSWER))
      if (answer) resolve(JSON.parse(answer.slice(ANSWER.length)) as Sample | null)
      else reject(new Error(errors.trim().slice(-2000) || 'the process died'))
    })
  })
}
