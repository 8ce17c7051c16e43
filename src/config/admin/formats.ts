// The formats of texts in the configuration's `admin`.

const hostName = /^(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*$/i

/** Why a text does not have the format, worded to follow the text; undefined when it has. */
export const adminMistakeFinders: Record<string, (text: string) => string | undefined> = {
  'host-name': text => {
    if (hostName.test(text)) return undefined
    if (/^https?:/i.test(text)) return 'is a URL; write the host name alone'
    if (/:\d+$/.test(text)) return 'has a port; write the host name alone'
    if (text.includes('*')) return 'has a wildcard; write one entry for each name'
    return 'is not a host name; write photos-admin.acme.example'
  },
}
