import AjvCompiler, { type BuildCompilerFromPool } from '@fastify/ajv-compiler'
import SerializerSelector, { type SerializerFactory } from '@fastify/fast-json-stringify-compiler'

/**
 * Fastify's own compilers, but a schema is compiled when the first request needs it: all of them would take a tenth of the
 * start. Failures are written without: they are small, and there are a hundred.
 */
export const lazyCompilers: { buildValidator: BuildCompilerFromPool; buildSerializer: SerializerFactory } = {
  buildValidator(...given) {
    const compiler = once(() => AjvCompiler()(...given))
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
    const compiler = once(() => SerializerSelector()(...given))
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
