/** Starts the engine's worker from the file that lies beside this one; bundlers know this form and copy the file. */
export function moduleWorker(): Worker {
  return new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
}
