import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { failures } from './envelope.ts'

/**
 * Lets Swagger UI load only this server's files. `upgrade-insecure-requests` is absent, because it would break the page
 * on plain http.
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

/** Every body may be JSON or a form (see bodies.ts). */
const mediaTypes = ['application/json', 'application/x-www-form-urlencoded']

const Document = Type.Object({}, { additionalProperties: true, description: 'OpenAPI 3.1.' })

/** Serves the OpenAPI document, made from the schemas that validate requests, and Swagger UI. */
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
        { name: 'tokens', description: 'List and revoke your tokens.' },
        { name: 'widgets', description: 'The example resource.' },
        { name: 'operation', description: 'Health, metrics and this document.' },
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
    // No top bar, because the top bar loads any URL that a user enters.
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
