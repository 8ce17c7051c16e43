// Caddy: cookies by regex, networks by remote_ip.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Server } from './server.ts'
import { signInPage } from './server.ts'

export const caddy: Server = {
  title: 'Caddy',
  versionCommand: ['caddy', 'version'],
  configure: ({ home, photos, port, setting }) => {
    const file = join(home, 'Caddyfile')
    const blocks = setting.networks.map(({ block }) => block)
    writeFileSync(
      file,
      `{
  admin off
  auto_https off
  storage file_system ${home}
}
http://:${port} {
  bind 127.0.0.1
  root * ${photos}
  log {
    output file ${join(home, 'access.log')} {
      roll_disabled
    }
  }
  @outside {
    not header_regexp Cookie (?i)(LtpaToken2=|LtpaToken=|STPluginActivePage=stMeetingroom)
    not remote_ip ${blocks.join(' ')}
  }
  redir @outside ${signInPage} 302
  file_server
}
`,
    )
    return ['caddy', 'run', '--config', file, '--adapter', 'caddyfile']
  },
}
