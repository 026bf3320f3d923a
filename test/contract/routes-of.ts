/** Returns `METHOD /path` of every route, parsed from the router's printed tree, which has no slash before a `*` below a route. */
export function routesOf(tree: string): string[] {
  const stems: string[] = []
  return tree.split('\n').flatMap((line) => {
    const [, indent, path, methods = ''] = /^([│├└─\s]*)(\S+)(?: \(([A-Z, -]+)\))?$/.exec(line) ?? []
    if (indent === undefined || path === undefined) return []
    const depth = indent.length / 4
    stems[depth] = `${stems[depth - 1] ?? ''}${path}`.replace(/(?<!\/)\*$/, '/*')
    return methods === '' ? [] : methods.split(', ').map((method) => `${method} ${stems[depth]}`)
  })
}
