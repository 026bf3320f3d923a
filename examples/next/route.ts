// A route handler as in Next.js (app/orders/route.ts), and everywhere else where requests are those of the Fetch API.
import { createVerifier, VerifierError } from 'latchkey-verifier'

export const verifier = createVerifier()

export async function GET(request: Request): Promise<Response> {
  try {
    const { pathname } = new URL(request.url)
    if (pathname === '/') {
      const claims = await verifier.verifyRequest(request, { optional: true })
      return Response.json({ welcome: claims?.sub ?? 'stranger' })
    }
    const { sub } = await verifier.verifyRequest(request, pathname === '/reports' ? { admin: true } : {})
    return Response.json(pathname === '/reports' ? { reports: [] } : { owner: sub })
  } catch (error) {
    if (error instanceof VerifierError) return error.getResponse()
    throw error
  }
}
