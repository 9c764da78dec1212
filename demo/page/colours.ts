/** How many runs can be drawn at once, each in a colour of its own. */
export const MOST_DRAWN = 8

/** Gives each drawn run a colour that it keeps while it is drawn. */
export class Colours {
  readonly #slots = new Map<string, number>()

  /** The runs that have a colour, in the order in which they got it. */
  get runIds(): string[] {
    return [...this.#slots.keys()]
  }

  /** Whether the run is drawn. */
  has(runId: string): boolean {
    return this.#slots.has(runId)
  }

  /** Gives the run a colour; takes that of the longest drawn one when all are in use. */
  add(runId: string): void {
    if (this.#slots.has(runId)) return
    const [oldest] = this.#slots.keys()
    if (this.#slots.size >= MOST_DRAWN && oldest !== undefined) this.#slots.delete(oldest)
    const used = new Set(this.#slots.values())
    let slot = 1
    while (used.has(slot)) slot++
    this.#slots.set(runId, slot)
  }

  /** Takes the colour back. */
  remove(runId: string): void {
    this.#slots.delete(runId)
  }

  /** Takes all colours back. */
  clear(): void {
    this.#slots.clear()
  }

  /** The name of the CSS variable that holds the run's colour; null when it is not drawn. */
  variableOf(runId: string): string | null {
    const slot = this.#slots.get(runId)
    return slot === undefined ? null : `--draw-${slot}`
  }
}
