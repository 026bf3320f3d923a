/** A database that cannot be used as configured. The message is one line for the operator. */
export class StoreError extends Error {
  override name = 'StoreError'
}
