let secret = ''

/**
 * Takes the secret of a link out of the address, before a person who looks at the screen, a copied address or the way back in the tab has
 * the secret. A browser notes the link in its list of visits all the same. The secret is used once, and not for long.
 * The page may be opened again, for example when a session was found.
 */
export function secretOfLink() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token === null) return secret
  history.replaceState(null, '', location.pathname)
  secret = token
  return secret
}
// The first request of the page may take long.
if (/\/account\/[\w-]+$/.test(location.pathname)) secretOfLink()
