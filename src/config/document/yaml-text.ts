// One text of others as a value of a configuration: nothing in it can be read as YAML or as a variable.
import { stringify } from 'yaml'

/**
 * In double quotes. `${` is doubled, because it would name a variable of the environment.
 * @example yamlText('C:\\photos') // '"C:\\\\photos"'
 * @example yamlText('${HOME}') // '"$${HOME}"'
 */
export function yamlText(text: string): string {
  return stringify(text.replace(/\$(?=\{)/g, '$$$$'), {
    lineWidth: 0,
    defaultStringType: 'QUOTE_DOUBLE',
  }).trimEnd()
}

/** As it is where YAML takes it for just that text, such as an IPv4 network or a file's name; otherwise in quotes. */
export function plainYamlText(text: string): string {
  return /^(?!\d+$)[A-Za-z0-9/][\w./-]*$/.test(text) && !reserved.test(text) ? text : yamlText(text)
}

// Words and numbers that YAML 1.1 or 1.2 would read as something else than a text.
const reserved =
  /^(?:y|n|yes|no|on|off|true|false|null|\d*\.?\d*(?:e\d*)?|0[xob][\da-f]+|\d{4}-\d\d-\d\d)$/i
