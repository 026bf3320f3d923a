import { createRequire } from 'node:module'
import type { BuildCompilerFromPool } from '@fastify/ajv-compiler'
import type { SerializerFactory } from '@fastify/fast-json-stringify-compiler'

const require = createRequire(import.meta.url)

/**
 * Fastify's own compilers, but each is loaded, and a schema compiled, when the first request needs it: all of them would
 * take a tenth of the start. Failures are written without: they are small, and there are a hundred of them.
 */
export const lazyCompilers: { buildValidator: BuildCompilerFromPool; buildSerializer: SerializerFactory } = {
  buildValidator(...given) {
    const compiler = once(() => (require('@fastify/ajv-compiler') as () => BuildCompilerFromPool)()(...given))
    return (part) => {
      const compiled = once(() => compiler()(part))
      // Where Fastify and Ajv look for what was wrong: on the function.
      const validate = (data: unknown) => {
        const accepted = compiled()(data)
        Object.assign(validate, { errors: compiled().errors })
        return accepted
      }
      return validate as ReturnType<ReturnType<BuildCompilerFromPool>>
    }
  },
  buildSerializer(...given) {
    const compiler = once(() =>
      (require('@fastify/fast-json-stringify-compiler') as () => SerializerFactory)()(...given),
    )
    return (part) => {
      if (Number(part.httpStatus) >= 400) return JSON.stringify
      const compiled = once(() => compiler()(part))
      return (data) => compiled()(data)
    }
  },
}

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}
