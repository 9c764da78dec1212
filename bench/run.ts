import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { BENCHMARKS } from './benchmarks.js'
import type { Benchmark } from './harness/benchmark.js'
import { describeMachine } from './harness/machine.js'
import { resultTable, verdictTable } from './harness/report.js'
import { runBenchmark, type Outcome } from './harness/runner.js'
import { judge, type Verdict } from './harness/verdict.js'
import { openWorkshop, type Workshop } from './harness/workshop.js'

const { values: flags } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    json: { type: 'string' },
  },
})

const started = new Date()
const results: { benchmark: Benchmark; outcomes: Outcome[] }[] = []
const chosen = await choose(flags.only)
const workshop = await openWorkshop()
const machine = describeMachine(workshop.versions)
console.log(machine)
try {
  for (const benchmark of chosen) await runOne(benchmark, workshop)
} finally {
  await workshop.close()
}
finish(results.flatMap(({ benchmark, outcomes }) => judge(benchmark, outcomes)))
if (flags.json) await writeFile(flags.json, JSON.stringify(asData(), null, 2))

async function runOne(benchmark: Benchmark, shop: Workshop): Promise<void> {
  const start = Date.now()
  const outcomes = await runBenchmark(benchmark, shop, { full: flags.full, progress: showProgress })
  showProgress('')
  console.log(resultTable(benchmark, outcomes))
  console.log(`${Math.round((Date.now() - start) / 1000)} s`)
  for (const { contestant, failure } of outcomes)
    if (failure !== null) console.log(`${contestant.name} failed: ${failure}`)
  results.push({ benchmark, outcomes })
}

async function choose(names: readonly string[]): Promise<readonly Benchmark[]> {
  const known = Object.keys(BENCHMARKS)
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new Error(`There is no benchmark ${unknown.join(', ')}. There are: ${known.join(', ')}.`)
  const loaders = Object.entries(BENCHMARKS).filter(
    ([name]) => names.length === 0 || names.includes(name),
  )
  return Promise.all(loaders.map(([, load]) => load()))
}

function finish(verdicts: readonly Verdict[]): void {
  console.log(verdictTable(verdicts))
  const seconds = Math.round((Date.now() - started.getTime()) / 1000)
  console.log(`${seconds} s${flags.full ? '' : '; --full for the large sizes'}`)
  const failed = results.some(({ outcomes }) => outcomes.some(({ failure }) => failure !== null))
  const over = verdicts.some(({ target, reached }) => target.budget && reached === false)
  if (failed || (flags.check && over)) process.exitCode = 1
}

/** One line that overwrites itself, and only where somebody looks. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
}

function asData(): unknown {
  return {
    date: started.toISOString(),
    machine,
    full: flags.full,
    results: results.map(({ benchmark, outcomes }) => ({
      name: benchmark.name,
      measures: benchmark.measures,
      contestants: outcomes.map(({ contestant, samples, failure }) => ({
        name: contestant.name,
        samples,
        failure,
      })),
      targets: judge(benchmark, outcomes),
    })),
  }
}
