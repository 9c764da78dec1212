/** What the user gave to a verb: options by their names in camelCase, and what stands after them. */
export class Given {
  readonly operands: readonly string[]
  readonly #options: Readonly<Record<string, unknown>>

  /** Takes what a parser of command lines found. */
  constructor(options: Readonly<Record<string, unknown>>, operands: readonly string[] = []) {
    this.#options = options
    this.operands = operands
  }

  /** The value of an option; undefined where it was not given. */
  text(name: string): string | undefined {
    const value = this.#options[name]
    return typeof value === 'string' ? value : undefined
  }

  /** The values of an option that may be given several times; none where it was not given. */
  texts(name: string): readonly string[] {
    const value = this.#options[name]
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
  }

  /** The value of an option that the parser asks for; '' should it not. */
  required(name: string): string {
    return this.text(name) ?? ''
  }

  /** The value of an option that takes a number; undefined where it was not given. */
  count(name: string): number | undefined {
    const value = this.#options[name]
    return typeof value === 'number' ? value : undefined
  }

  /** Whether a flag was given. */
  flag(name: string): boolean {
    return this.#options[name] === true
  }
}
