/** JSON, and a line feed for people who read answers in a terminal. */
export function toJsonLine(data: unknown): string {
  return `${JSON.stringify(data)}\n`
}
