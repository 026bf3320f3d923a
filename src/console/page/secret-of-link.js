let secret = ''

/**
 * Takes the secret of a link out of the address, so that neither the history of the browser nor a person who looks at the screen has it.
 * The page may be opened again, for example when a session was found.
 * @param {URLSearchParams} query
 */
export function secretOfLink(query) {
  const token = query.get('token')
  if (token === null) return secret
  history.replaceState(null, '', location.pathname)
  secret = token
  return secret
}
