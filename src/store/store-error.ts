/** A database that cannot be used as configured. The message is one line for the operator. */
export class StoreError extends Error {
  override name = 'StoreError'
  /** A line of advice. */
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}
