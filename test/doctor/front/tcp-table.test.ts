import t from 'tap'
import { parseTcpTable } from '../../../src/doctor/front/tcp-table.ts'

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0
   1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 02:00000000 00000000     0        0 2 2 0
  12: 0100007F:1F90 0100007F:D432 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0
  13: 0100007F:D432 0100007F:1F90 01 00000000:00000000 03:00000000 00000000     0        0 0 3 0
  14: 00000000000000000000000001000000:1F90 00000000000000000000000001000000:D433 08 0:0 0:0 0
`

t.test('the rows of a port are those whose own end is there', async t => {
  t.strictSame(
    parseTcpTable(table, 8080).map(({ remote, state }) => `${remote.slice(-4)} ${state}`),
    ['0000 listening', 'D431 established', 'D432 time-wait', 'D433 other'],
  )
  t.strictSame(parseTcpTable(table, 80), [])
  t.strictSame(parseTcpTable('', 8080), [])
})
