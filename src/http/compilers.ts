import { createRequire } from 'node:module'
import type { BuildCompilerFromPool } from '@fastify/ajv-compiler'
import type { SerializerFactory } from '@fastify/fast-json-stringify-compiler'

const require = createRequire(import.meta.url)

const validators = (): (() => BuildCompilerFromPool) => require('@fastify/ajv-compiler')
const serializers = (): (() => SerializerFactory) => require('@fastify/fast-json-stringify-compiler')

/** Loads both while there is time, rather than when the first request waits for it and files may be short. */
export function loadCompilers(): void {
  try {
    validators()
    serializers()
  } catch {
    // That request will try again, and tell.
  }
}

/**
 * Fastify's own compilers, but they are loaded after the start, and a schema is compiled when the first request needs it:
 * all of that would take a tenth of the start. Failures are written without: they are small, and there are a hundred.
 */
export const lazyCompilers: { buildValidator: BuildCompilerFromPool; buildSerializer: SerializerFactory } = {
  buildValidator(...given) {
    const compiler = once(() => validators()()(...given))
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
    const compiler = once(() => serializers()()(...given))
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
