/** 1 to 100 of `a-z`, `0-9`, `-` and `_`. */
export function isWidgetName(value: string): boolean {
  return /^[a-z0-9_-]{1,100}$/.test(value)
}

const maxUrl_chars = 255

/** An absolute http or https URL to any host, without credentials. */
export function isWidgetUrl(value: string): boolean {
  // URL.parse forgives white space, control characters and missing slashes; a stored link should need no forgiving.
  if ([...value].length > maxUrl_chars || !/^https?:\/\/[^\s/?#@\\]+([/?#]\S*)?$/i.test(value)) return false
  return !hasControlCharacter(value) && URL.canParse(value)
}

function hasControlCharacter(value: string): boolean {
  return /\p{Cc}/u.test(value) || !value.isWellFormed()
}
