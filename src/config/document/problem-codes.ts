// The stable codes of problems with a configuration: `check --json` prints them, and programs may compare them. A code is
// never reused for another problem.

/** Each code with what it stands for. */
export const problemCodes = {
  GATE_CONFIG_UNREADABLE: 'a file cannot be read',
  GATE_CONFIG_ENCODING: 'a file is not UTF-8',
  GATE_CONFIG_CHARACTER: 'a character that people do not see or do not mean',
  GATE_CONFIG_YAML: 'the text is not YAML',
  GATE_CONFIG_YAML_FEATURE: 'a tag, anchor, alias or another part of YAML that is not taken',
  GATE_CONFIG_YAML_ESCAPE: 'an escape in double quotes',
  GATE_CONFIG_YAML_NUMBER: 'a number that YAML reads as another one',
  GATE_CONFIG_DUPLICATE_KEY: 'a key is given twice',
  GATE_CONFIG_UNKNOWN_KEY: 'a key is not known at its place',
  GATE_CONFIG_MISSING_KEY: 'a key is missing',
  GATE_CONFIG_TYPE: 'a value has another type or is out of bounds',
  GATE_CONFIG_FORMAT: 'a text does not have the form that it must have',
  GATE_CONFIG_CHOICE: 'a value is none of those to choose from',
  GATE_CONFIG_VARIABLE: 'a variable of the environment is not set or cannot be used',
  GATE_CONFIG_NETWORK: 'a line of a network file is not a network',
  GATE_CONFIG_NO_NETWORK: 'a network file lists no network',
  GATE_CONFIG_GROUP: 'a line of a group file is not a mail address or a glob',
  GATE_CONFIG_NO_MEMBER: 'a group file lists nobody',
  GATE_CONFIG_NO_CONDITION: 'a rule has no condition',
  GATE_CONFIG_NO_RULE: 'there are no rules',
  GATE_CONFIG_VALUE: 'a value cannot be used beside the others',
  GATE_CONFIG_RISK: 'something legal but risky',
  GATE_TLS_CERTIFICATE: 'a certificate that expires soon, has expired or that clients may refuse',
  GATE_PHOTOS_NOT_SERVED: 'files in the photo directory that are not served',
  GATE_PASS_SITE: 'what guest passes need of hosts and browsers, which a configuration cannot tell',
  GATE_NODE_AGE: 'this version of Node.js gets no fixes any more',
} as const

export type ProblemCode = keyof typeof problemCodes
