let secret = ''

/**
 * Takes the secret of a link out of the address. Then the screen, a copied address and the button *Back* do not show the secret. The
 * browser still keeps the link in its history. The link works once, and only for a short time.
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
