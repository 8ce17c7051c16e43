// Every kind of source keeps the contract of source.ts. The servers are stand-ins: what real ones do is in
// test/system.
import t from 'tap'
import { conforms } from '../../fixtures/source-conformance.ts'
import { sourceKinds } from '../../fixtures/source-kinds.ts'

for (const kind of sourceKinds) await t.test(kind.title, t => conforms(t, kind))
