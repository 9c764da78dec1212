/** The command line makes no sense, whatever the store holds: the user gave too much, too little or the wrong thing. */
export class UsageError extends Error {
  /** The message says what to give. */
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}
