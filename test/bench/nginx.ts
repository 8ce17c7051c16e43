// nginx with one worker: cookies by map, networks by geo.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tls12Ciphers, writeCertificate } from './certificate.ts'
import type { Server } from './server.ts'
import { rootsUser, signInPage } from './server.ts'

const temporaries = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

function tlsLines(home: string): string {
  const { certFile, keyFile } = writeCertificate(home)
  return `ssl_certificate ${certFile};
    ssl_certificate_key ${keyFile};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers ${tls12Ciphers};
    ssl_prefer_server_ciphers on;`
}

export const nginx: Server = {
  title: 'nginx',
  versionCommand: ['nginx', '-v'],
  configure: ({ home, photos, port, setting }) => {
    const file = join(home, 'nginx.conf')
    const blocks = setting.networks.map(({ block }) => `${block} 1;`)
    writeFileSync(join(home, 'networks.conf'), `${blocks.join('\n')}\n`)
    writeFileSync(
      file,
      `daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid nginx.pid;
error_log error.log;
${rootsUser === undefined ? '' : `user ${rootsUser};`}
events { worker_connections 16384; }
http {
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 65;
  # 1000 by default; here no client may open a new connection.
  keepalive_requests 1000000000;
  access_log access.log;
  types { image/jpeg jpg; }
  ${temporaries.map(name => `${name}_temp_path ${name};`).join(' ')}
  map $http_cookie $has_cookie {
    default 0;
    ~*LtpaToken2= 1;
    ~*LtpaToken= 1;
    ~*STPluginActivePage=stMeetingroom 1;
  }
  geo $is_inside {
    default 0;
    include networks.conf;
  }
  map $has_cookie$is_inside $is_outside {
    default 0;
    00 1;
  }
  server {
    listen 127.0.0.1:${port}${setting.isTls ? ' ssl' : ''};
    ${setting.isTls ? tlsLines(home) : ''}
    root "${photos}";
    if ($is_outside) { return 302 ${signInPage}; }
  }
}
`,
    )
    return ['nginx', '-p', home, '-c', file, '-e', join(home, 'error.log')]
  },
}
