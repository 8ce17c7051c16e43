#!/bin/sh
# photogate with the Node.js of its package. May be called through a link, such as /usr/local/bin/photogate.
program=$(readlink -f -- "$0") || exit 70
home=${program%/bin/photogate}
exec "$home/runtime/node" "$home/dist/cli.js" "$@"
