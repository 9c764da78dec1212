/** Work that goes on while more is given, so many pieces at a time. */
export class Underway {
  readonly #most: number
  readonly #pieces = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | null = null

  constructor(most: number) {
    this.#most = most
  }

  /** Takes a piece that has begun; resolves when there is room for one more. Rejects as soon as a piece has failed. */
  async add(piece: Promise<void>): Promise<void> {
    const done: Promise<void> = piece
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => this.#pieces.delete(done))
    this.#pieces.add(done)
    while (this.#pieces.size >= this.#most) await Promise.race(this.#pieces)
    this.#check()
  }

  /** Resolves when all is done; rejects where a piece has failed. */
  async end(): Promise<void> {
    await this.settle()
    this.#check()
  }

  /** Resolves when nothing goes on any more. */
  async settle(): Promise<void> {
    await Promise.all(this.#pieces)
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure.error
  }
}
