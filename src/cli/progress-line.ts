import type { ExportProgress } from '../mlruns/export-report.js'
import { bytesToText, countToText } from './storage.js'
import type { Screen } from './terminal.js'
import type { Context } from './verb.js'

const EVERY_MS = 100
/** ECMA-48: erase the line. */
const ERASE = '\r\x1b[2K'

/** How far an import or export is, on one line of standard error that is written over; nothing where that is no terminal. */
export class ProgressLine {
  readonly #screen: Screen | null
  #last = -Infinity
  #shown = false

  constructor({ err, json }: Pick<Context, 'err' | 'json'>) {
    this.#screen = err.columns !== null && !json ? err : null
  }

  show({ runs, points, artifacts, artifactBytes }: ExportProgress): void {
    const now = Date.now()
    if (this.#screen === null || now - this.#last < EVERY_MS) return
    this.#last = now
    this.#shown = true
    const text =
      `${countToText(runs)} runs, ${countToText(points)} points, ` +
      `${countToText(artifacts)} files (${bytesToText(artifactBytes)})`
    const line = `${ERASE}${text.slice(0, (this.#screen.columns ?? 1) - 1)}`
    // Nobody waits for it, and a terminal that is gone is told of elsewhere.
    void this.#screen.write(line).catch(() => undefined)
  }

  /** Takes the line away. */
  async clear(): Promise<void> {
    if (this.#shown) await this.#screen?.write(ERASE)
  }
}
