import type { Counters } from './commands.js'
import type { Database } from './database.js'

/** Counters of a store without anything in it. Experiment 0 is Default; other ids begin with 1. */
export function newCounters(): Counters {
  return { experiment: 0, run: 1, key: 1, series: 1, dataset: 1, blob: 1, model: 1 }
}

/** The counters that `apply` has left in a catalog: no id below them is free, even where its owner was purged. */
export function readCounters(db: Database): Counters {
  const row = db.get("SELECT value FROM meta WHERE name = 'counters'")
  const [experiment, run, key, series, dataset, blob, model] = JSON.parse(
    String(row?.[0] ?? '[]'),
  ) as number[]
  const fresh = newCounters()
  return {
    experiment: experiment ?? fresh.experiment,
    run: run ?? fresh.run,
    key: key ?? fresh.key,
    series: series ?? fresh.series,
    dataset: dataset ?? fresh.dataset,
    blob: blob ?? fresh.blob,
    model: model ?? fresh.model,
  }
}

/** Keeps counters in the catalog. */
export function writeCounters(db: Database, counters: Counters): void {
  const { experiment, run, key, series, dataset, blob, model } = counters
  db.run(
    "INSERT INTO meta VALUES('counters', ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
    [JSON.stringify([experiment, run, key, series, dataset, blob, model])],
  )
}
