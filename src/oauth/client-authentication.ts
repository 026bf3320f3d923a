import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { authenticateService } from '../services/authenticate.ts'
import type { ServiceRow } from '../services/records.ts'
import { type Credentials, parseBasic } from '../services/service.ts'
import type { Client } from '../tokens/client.ts'
import { invalid, type Parameters, type ReadRequest } from './parameters.ts'

/**
 * Authenticates the service that sends a request: by HTTP Basic, or by `client_id` and `client_secret` among the parameters
 * (RFC 6749 §2.3.1).
 * @throws Refusal client_invalid if there are no credentials or wrong ones, request_invalid for more than one kind
 */
export async function requireClient(
  ports: Ports,
  request: ReadRequest,
  parameters: Parameters,
  client: Client,
): Promise<ServiceRow> {
  const service = await authenticateClient(ports, request, parameters, client)
  if (service === undefined) throw new Refusal('client_invalid')
  return service
}

/**
 * The same for routes that need no client.
 * @returns undefined if the request has no credentials. A `client_id` alone is none
 * @throws Refusal client_invalid for wrong credentials, request_invalid for more than one kind
 */
export async function authenticateClient(
  ports: Ports,
  request: ReadRequest,
  parameters: Parameters,
  client: Client,
): Promise<ServiceRow | undefined> {
  const credentials = readCredentials(request, parameters)
  return credentials && authenticateService(ports, credentials, client)
}

function readCredentials({ raw }: ReadRequest, parameters: Parameters): Credentials | undefined {
  const { authorization: headers = [] } = raw.headersDistinct
  const [client_id, client_secret] = [parameters.get('client_id'), parameters.get('client_secret')]
  if (headers.length > 1) throw invalid('there are two Authorization headers')
  const [header] = headers
  if (header === undefined) {
    if (client_secret === undefined) return undefined
    if (client_id === undefined) throw new Refusal('client_invalid')
    return { client_id, client_secret }
  }
  if (client_secret !== undefined) throw invalid('the client authenticates in two ways')
  const credentials = parseBasic(header)
  if (credentials === undefined) throw new Refusal('client_invalid')
  if (client_id !== undefined && client_id !== credentials.client_id)
    throw invalid('there are two different client ids')
  return credentials
}
