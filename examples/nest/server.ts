// NestJS on Express. Run with LATCHKEY_URL=latchkey://CLIENT_ID:CLIENT_SECRET@HOST:PORT
import 'reflect-metadata'
import { Controller, Get, Module, Req, UseGuards } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { Request } from 'express'
import { createVerifier } from 'latchkey-verifier'
import { latchkey } from 'latchkey-verifier/nest'

const verifier = createVerifier()

@Controller()
class ShopController {
  @Get()
  @UseGuards(latchkey(verifier, { optional: true }))
  welcome(@Req() request: Request) {
    return { welcome: request.auth?.sub ?? 'stranger' }
  }

  @Get('orders')
  @UseGuards(latchkey(verifier))
  orders(@Req() request: Request) {
    return { owner: request.auth?.sub }
  }

  @Get('reports')
  @UseGuards(latchkey(verifier, { admin: true }))
  reports() {
    return { reports: [] }
  }
}

@Module({ controllers: [ShopController] })
class ShopModule {}

await verifier.ready()
const app = await NestFactory.create(ShopModule, { logger: false })
await app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
console.log(`listening at ${await app.getUrl()}`)
