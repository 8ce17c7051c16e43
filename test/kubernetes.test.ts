// deploy/kubernetes: each object against the published schemas, what the objects say of each other, and the
// configurations inside. No cluster is needed, and none was asked.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { loadConfig } from '../src/config/load.ts'
import type { KubernetesObject, PatchStep } from './fixtures/kubernetes.ts'
import { applyPatch, findManifestProblems } from './fixtures/kubernetes.ts'
import { root } from './fixtures/root.ts'

const folder = join(root, 'deploy/kubernetes')
const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const objectsOf = (name: string) =>
  parseAllDocuments(read(name)).map(document => document.toJS() as KubernetesObject)
const patchOf = (name: string) => parse(read(`own-import/${name}`)) as PatchStep[]

const { resources } = parse(read('kustomization.yaml')) as { resources: string[] }
const shared = resources.flatMap(objectsOf)
/** As kustomize makes them of own-import/. */
const ownImport = shared.map(object => {
  const { kind, metadata } = object
  if (metadata.name !== 'photogate') return object
  if (kind === 'ConfigMap') return objectsOf('own-import/configmap.yaml')[0] as KubernetesObject
  if (kind === 'Deployment') return applyPatch(object, patchOf('deployment.patch.yaml'))
  if (kind === 'NetworkPolicy') return applyPatch(object, patchOf('network-policy.patch.yaml'))
  return object
})
const find = (objects: readonly KubernetesObject[], kind: string, name = 'photogate') =>
  objects.find(each => each.kind === kind && each.metadata.name === name) as KubernetesObject

t.test('the check of manifests finds mistakes', async t => {
  const good = find(shared, 'Deployment')
  const rows: readonly (readonly [path: string, value: unknown, problem: RegExp])[] = [
    ['/spec/replicas', 'two', /\/spec\/replicas is not right: .*integer/],
    ['/spec/replica', 2, /\/spec\/replica is not known/],
    ['/spec/template/spec/containers/0/readinesProbe', {}, /readinesProbe is not known/],
    ['/spec/template/spec/containers/0/securityContext/runAsNonroot', true, /is not known/],
    ['/spec/template/spec/containers/0/ports/0/containerPort', '8080', /is not right: .*integer/],
  ]
  for (const [path, value, problem] of rows) {
    await t.test(path, async t => {
      const bad = applyPatch(good, [{ op: 'add', path, value }])
      t.match(findManifestProblems(bad).join('\n'), problem)
    })
  }
})

for (const [title, objects] of [
  ['a shared volume', shared],
  ["each replica's own import", ownImport],
] as const) {
  t.test(`photos from ${title}`, async t => {
    const deployment = find(objects, 'Deployment')
    const pod = deployment.spec.template
    const [container] = pod.spec.containers

    await t.test('every object has the published shape', async t => {
      t.equal(objects.length, 10)
      for (const object of objects) {
        t.strictSame(findManifestProblems(object), [], `${object.kind} ${object.metadata.name}`)
      }
    })

    await t.test('two replicas and more, that go one at a time', async t => {
      t.equal(deployment.spec.replicas, 2)
      const scaler = find(objects, 'HorizontalPodAutoscaler').spec
      t.ok(scaler.minReplicas >= 2)
      const { apiVersion, kind, metadata } = deployment
      t.strictSame(scaler.scaleTargetRef, { apiVersion, kind, name: metadata.name })
      t.equal(find(objects, 'PodDisruptionBudget').spec.maxUnavailable, 1)
      t.equal(deployment.spec.strategy.rollingUpdate.maxUnavailable, 0)
    })

    await t.test('what selects pods selects these', async t => {
      const labels = pod.metadata.labels
      const selectors = [
        deployment.spec.selector.matchLabels,
        find(objects, 'Service').spec.selector,
        find(objects, 'PodDisruptionBudget').spec.selector.matchLabels,
        find(objects, 'NetworkPolicy').spec.podSelector.matchLabels,
        find(objects, 'NetworkPolicy', 'photogate-ledger').spec.ingress[0].from[0].podSelector
          .matchLabels,
        pod.spec.topologySpreadConstraints[0].labelSelector.matchLabels,
      ]
      for (const selector of selectors) t.match(labels, selector)
      const ledger = find(objects, 'Deployment', 'photogate-ledger').spec.template.metadata.labels
      const egress = find(objects, 'NetworkPolicy').spec.egress
      t.match(ledger, egress[1].to[0].podSelector.matchLabels)
      t.match(ledger, find(objects, 'Service', 'photogate-ledger').spec.selector)
    })

    await t.test('ports, volumes and secrets that are named are there', async t => {
      const ports = container.ports.map((port: { name: string }) => port.name)
      const probes = ['startupProbe', 'readinessProbe', 'livenessProbe']
      for (const probe of probes) t.ok(ports.includes(container[probe].httpGet.port), probe)
      t.ok(ports.includes(find(objects, 'Service').spec.ports[0].targetPort))
      t.ok(ports.includes(find(objects, 'NetworkPolicy').spec.ingress[0].ports[0].port))
      const volumes = pod.spec.volumes.map((volume: { name: string }) => volume.name)
      for (const each of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) {
        for (const mount of each.volumeMounts) t.ok(volumes.includes(mount.name), mount.name)
        t.equal(each.image, `photogate:${versionOf()}`)
      }
      const claim = pod.spec.volumes[0].persistentVolumeClaim?.claimName
      if (claim !== undefined) t.ok(find(objects, 'PersistentVolumeClaim', claim))
      const [secret] = objectsOf('secret.example.yaml') as [KubernetesObject]
      t.strictSame(findManifestProblems(secret), [])
      t.equal(pod.spec.volumes[2].secret.secretName, secret.metadata.name)
      const { env } = find(objects, 'Deployment', 'photogate-ledger').spec.template.spec
        .containers[0]
      t.ok(env[0].valueFrom.secretKeyRef.key in secret.stringData)
    })

    await t.test('no container may do more than it must', async t => {
      for (const { spec } of objects.filter(({ kind }) => kind === 'Deployment')) {
        const { containers, initContainers = [], ...rest } = spec.template.spec
        t.match(rest, {
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        })
        for (const { securityContext, resources } of [...containers, ...initContainers]) {
          t.match(securityContext, {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          })
          t.ok(resources.limits.memory)
        }
      }
    })

    await t.test('the configuration inside is valid', async t => {
      const home = t.testdir({ photos: {}, secret: {} })
      mkdirSync(join(home, 'config'))
      const secret = Buffer.from('a secret of at least 32 bytes, for tests').toString('base64')
      for (const name of ['ledger.secret', 'redis.password', 'ldap.password'])
        writeFileSync(join(home, 'secret', name), secret)
      const text = (find(objects, 'ConfigMap').data['photogate.yaml'] as string)
        .replaceAll('/etc/photogate-secret', join(home, 'secret'))
        .replace('directory: /photos', `directory: ${join(home, 'photos')}`)
      const file = join(home, 'config/photogate.yaml')
      writeFileSync(file, text)
      const { problems, settings } = loadConfig({ env: {}, file })
      t.strictSame(problems, [])
      t.not(settings?.ledger, undefined, 'replicas count budgets together')
      t.equal(settings?.supply !== undefined, objects === ownImport)
    })
  })
}

t.test('each file is used', async t => {
  const { resources: base, patches } = parse(read('own-import/kustomization.yaml')) as {
    resources: string[]
    patches: { path: string }[]
  }
  t.strictSame(base, ['..'])
  const others = ['kustomization.yaml', 'own-import', 'README.md', 'secret.example.yaml']
  t.strictSame(readdirSync(folder).toSorted(), [...resources, ...others].toSorted())
  t.strictSame(
    readdirSync(join(folder, 'own-import')).toSorted(),
    [...patches.map(({ path }) => path), 'kustomization.yaml'].toSorted(),
  )
})

function versionOf(): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string })
    .version
}
