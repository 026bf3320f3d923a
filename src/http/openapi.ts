import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { failures } from './envelope.ts'

/**
 * What Swagger UI's page may load: our own files and nothing else. Without `upgrade-insecure-requests`, which would ask
 * for its scripts by https where the service is reached by plain http.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Every body may be a form too (see bodies.ts); the schema says it once. */
const mediaTypes = ['application/json', 'application/x-www-form-urlencoded']

const Document = Type.Object({}, { additionalProperties: true, description: 'OpenAPI 3.1.' })

/** The OpenAPI document, made from the schemas that validate, and Swagger UI from our own files. */
export async function serveOpenapi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    transform: ({ schema, url }) => ({ schema: schema?.body ? { ...schema, consumes: mediaTypes } : schema, url }),
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Latchkey',
        version,
        description:
          'JWTs you can take back. Register or log in, copy the `access_token`, press **Authorize** and paste it.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      tags: [
        { name: 'accounts', description: 'Register, log in, log out.' },
        { name: 'tokens', description: 'Where you are logged in, and how to take it back.' },
        { name: 'widgets', description: 'The example resource.' },
        { name: 'operation', description: 'For whoever runs the service, and this document.' },
      ],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An `access_token`.' },
        },
      },
    },
  })
  await app.register(swaggerUi, {
    routePrefix: '/api/v1/ui',
    theme: { title: 'Latchkey' },
    // Without the top bar: it would load any address that is typed into it.
    uiConfig: { layout: 'BaseLayout', persistAuthorization: false, tryItOutEnabled: false },
    staticCSP: contentSecurityPolicy,
  })
  let text: string | undefined
  const schema = { tags: ['operation'], summary: 'This document', response: { 200: Document, ...failures(429) } }
  app.get('/api/v1/swagger.json', { schema }, (_request, reply) => {
    text ??= JSON.stringify(app.swagger())
    reply.type('application/json; charset=utf-8').send(text)
  })
}
