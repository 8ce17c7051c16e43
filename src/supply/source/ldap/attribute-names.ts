// Attribute names: case does not matter, an OID may stand for the name (RFC 4512 section 2.5), and options may follow
// after semicolons. Pure.

// Attributes that hold names, addresses and photos: RFC 4519, RFC 4524, RFC 2798, and Microsoft's schema.
const namesByOid: Readonly<Record<string, string>> = {
  '0.9.2342.19200300.100.1.1': 'uid',
  '0.9.2342.19200300.100.1.3': 'mail',
  '0.9.2342.19200300.100.1.7': 'photo',
  '0.9.2342.19200300.100.1.60': 'jpegphoto',
  '1.2.840.113549.1.9.1': 'email',
  '2.5.4.3': 'cn',
  '2.5.4.4': 'sn',
  '2.5.4.42': 'givenname',
  '2.16.840.1.113730.3.1.241': 'displayname',
  '2.16.840.1.113730.3.1.3': 'employeenumber',
  '1.2.840.113556.1.2.210': 'proxyaddresses',
  '1.2.840.113556.1.4.221': 'samaccountname',
  '1.2.840.113556.1.4.651': 'othermailbox',
  '1.2.840.113556.1.4.656': 'userprincipalname',
  '1.3.6.1.4.1.42.2.27.2.1.15': 'rfc822mailbox',
  '2.16.128.113533.1.1400.1': 'thumbnailphoto',
  '2.16.840.1.113730.3.1.13': 'mailalternateaddress',
}

const oid = /^(?:oid\.)?(\d+(?:\.\d+)+)$/i

/**
 * Without options, in lower case, and by name where the attribute is given by a known OID.
 * @example baseName('2.5.4.3;lang-de') // 'cn'
 */
export function baseName(attribute: string): string {
  const name = attribute.replace(/;.*/s, '').trim().toLowerCase()
  const number = oid.exec(name)?.[1]
  return number === undefined ? name : (namesByOid[number] ?? number)
}

/** Whether the attribute is given by an OID that is not known here. */
export function isUnknownOid(attribute: string): boolean {
  return oid.test(baseName(attribute))
}

/**
 * The name to ask a server for.
 * @example requestName('jpegPhoto;binary') // 'jpegPhoto'
 * `binary` is an encoding for sending values: servers show nothing when it is requested for an attribute without it
 * (RFC 4522 section 4). Other options choose among values and stay.
 */
export function requestName(attribute: string): string {
  return attribute.replace(/;binary(?=;|$)/gi, '')
}
