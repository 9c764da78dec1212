import { BENCHMARKS } from '../benchmarks.js'
import type { Contestant, Place } from './benchmark.js'

/** What a child is told to do, as JSON in its first argument. */
export interface Task {
  readonly benchmark: string
  readonly contestant: string
  readonly step: 'prepare' | 'measure'
  readonly place: Place
}

/** Stands before the one line of a child's output that is its answer. */
export const ANSWER = '\u0001answer '

const [, , argument] = process.argv
if (argument?.startsWith('{')) await answer(JSON.parse(argument) as Task)

async function answer(task: Task): Promise<void> {
  const contestant = await find(task)
  const result =
    task.step === 'prepare'
      ? await contestant.prepare?.(task.place)
      : await contestant.measure(task.place)
  process.stdout.write(`\n${ANSWER}${JSON.stringify(result ?? null)}\n`)
  // A store that was left open on purpose must not keep the process.
  process.exit(0)
}

async function find({ benchmark, contestant }: Task): Promise<Contestant> {
  const { contestants } = (await BENCHMARKS[benchmark]?.()) ?? { contestants: [] }
  const found = contestants.find(({ name }) => name === contestant)
  if (!found) throw new Error(`There is no ${contestant} in ${benchmark}.`)
  return found
}
