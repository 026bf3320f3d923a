import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'

/** The OpenAPI document, made from the schemas that validate, and Swagger UI from our own files. */
export async function serveOpenapi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
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
    uiConfig: { url: '/api/v1/swagger.json', persistAuthorization: false, tryItOutEnabled: false },
    staticCSP: true,
  })
  app.get('/api/v1/swagger.json', { schema: { hide: true } }, async () => app.swagger())
}
