import AjvCompiler, { type BuildCompilerFromPool } from '@fastify/ajv-compiler'
import SerializerSelector, { type SerializerFactory } from '@fastify/fast-json-stringify-compiler'
import { toJsonLine } from './json-line.ts'

/**
 * Fastify's own compilers, but a schema is compiled when the first request needs it. Compiling all schemas takes a
 * tenth of the start. The hundred schemas of failures are not compiled, because failures are small.
 */
export const lazyCompilers: { buildValidator: BuildCompilerFromPool; buildSerializer: SerializerFactory } = {
  buildValidator(...args) {
    const compiler = once(() => AjvCompiler()(...args))
    return (part) => {
      const compiled = once(() => compiler()(part))
      // Fastify reads the errors from the function, where Ajv puts them.
      const validate = (data: unknown) => {
        const accepted = compiled()(data)
        Object.assign(validate, { errors: compiled().errors })
        return accepted
      }
      return validate as ReturnType<ReturnType<BuildCompilerFromPool>>
    }
  },
  buildSerializer(...args) {
    const compiler = once(() => SerializerSelector()(...args))
    return (part) => {
      if (Number(part.httpStatus) >= 400) return toJsonLine
      const compiled = once(() => compiler()(part))
      return (data) => `${compiled()(data)}\n`
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
