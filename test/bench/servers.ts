// The servers that are compared.
import { apache } from './apache.ts'
import { caddy } from './caddy.ts'
import { floor, floorBursts } from './floor-server.ts'
import { gate } from './gate.ts'
import { nginx } from './nginx.ts'
import type { Server, ServerName } from './server.ts'

export const servers: Record<ServerName, Server> = {
  gate,
  apache,
  nginx,
  caddy,
  floor,
  'floor-bursts': floorBursts,
}
