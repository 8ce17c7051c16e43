// Snippets for Sametime: its proxy, its classic Meeting Server and its business cards. They contain only what the
// vendor's pages or a working set-up show. Where both are silent, the snippet says so and does not guess.
import type { Settings } from '../config/settings.ts'
import { photoUrl } from './photo-url.ts'

export interface SametimeFacts {
  /** The photo host. */
  readonly url: URL
  /** The Sametime Proxy's own public URL. */
  readonly chatUrl: URL
  /** The LDAP attribute that holds a person's photo URL. */
  readonly attribute: string
  /** The token that the Meeting Server replaces by the user. Undefined when the administrator named none. */
  readonly userToken: string | undefined
  /** The mail address of the photo that the test commands ask for. */
  readonly photo: string
  /** The options, `url` and `chat-url`, whose URLs are only examples. */
  readonly placeholders: readonly string[]
}

/** The part of stproxyconfig.xml that makes the proxy fetch photos for its clients. */
export function stproxySnippet(facts: SametimeFacts): string {
  const head = comment([
    'Sametime Proxy 9.0.1, printed by `photogate snippets stproxy`.',
    '',
    'Where  stproxyconfig.xml, inside the root element; replace an existing <photoCache>',
    'Then   synchronise the nodes and restart the Sametime Proxy',
    '',
    'The proxy fetches the photo from the URL in the LDAP entry of the person, keeps it, and hands it to',
    'its clients. The clients do not connect to the photo host. The proxy fetches from its own address,',
    'and no page says that it sends a cookie. So photogate.yaml must admit that address:',
    '  allow: [{ name: sametime-proxy, from: [192.0.2.20] }]     CHANGE THIS: 192.0.2.20',
    '',
    "proxyServerURL is the proxy's own public URL, not the photo host's. Without it photos fail.",
    'cacheExpiry and storageLocation come from a set-up that works. No page documents the unit of',
    'cacheExpiry, the defaults, or whether the proxy caches an error like a photo.',
    '',
    'Test 1: this prints 200 on the machine of the proxy, and not on a machine that no rule admits:',
    `  curl -s -o photo.jpg -w '%{http_code}\\n' '${photoUrl(facts.url, facts.photo)}'`,
    "Test 2: open a contact's card in the web client. The gate's log shows the proxy as the client.",
    ...placeholderLines(facts, ['chat-url', 'url']),
  ])
  return `${head}
<photoCache>
  <enabled>true</enabled>
  <cacheExpiry>60</cacheExpiry>
  <storageLocation>/opt/IBM/phototemp</storageLocation>
  <proxyServerURL>${escapeXml(facts.chatUrl.origin)}</proxyServerURL>
</photoCache>`
}

/** The parts of UserInfoConfig.xml that tell clients where photos are. Well-formed inside any element. */
export function userInfoSnippet(facts: SametimeFacts): string {
  const field = escapeXml(facts.attribute)
  const ids = 'MailAddress,Name,Title,Location,Telephone,PhotoURL,ImagePath,Company'
  const head = comment([
    'Business cards of Sametime, as documented for 12; printed by `photogate snippets userinfo`.',
    '',
    'Where  UserInfoConfig.xml, in the Domino program directory; in 12, in the community pod',
    'Then   restart the Community Server; in 12, update the deployment',
    '',
    `Both names map to one LDAP attribute (${facts.attribute}): the web and mobile clients ask for PhotoURL,`,
    'the Notes and Connect clients for ImagePath. The vendor allows JPEG and GIF below 45 KB, recommends',
    '10 KB, and requires an http URL if all kinds of clients are to show the photo. Clients keep a card',
    'for seven days (lookupExpirationDays).',
    '',
    'Test: open a card in each client and look for its request in the log of photogate.',
  ])
  return `${head}

${comment(['Inside <Details> of <Storage type="LDAP">. Remove the line with Id="Photo".'])}
<Detail Id="PhotoURL" FieldName="${field}" Type="text/plain"/>
<Detail Id="ImagePath" FieldName="${field}" Type="text/plain"/>

${comment(['Replace the two lines that begin with <Set. SetId 0 is for anonymous users, 1 for signed-in users.', 'Keep the names that you want on the card. Photo is no longer among them.'])}
<Set SetId="0" params="${ids}"/>
<Set SetId="1" params="${ids}"/>`
}

/** The two keys of the classic Meeting Server, as the console asks for them. */
export function meetingsSnippet(
  facts: SametimeFacts,
  { otherwise }: Pick<Settings, 'otherwise'>,
): string {
  const { url, userToken, photo } = facts
  const turnedAway = 'redirect' in otherwise ? '302' : String(otherwise.status)
  const unknown = [
    '',
    'CHANGE THIS: USER-TOKEN is the token that the server replaces by the user, "typically an email". No page',
    'shows how it is written: public copies of the source above end just before it. Look it up in the',
    'documentation of your release, or in a template that is already set, and pass it as --user-token.',
  ]
  const lines = [
    'Sametime Meeting Server 9.0.1 (WebSphere), printed by `photogate snippets meetings`. Sametime 12 does',
    'not have these keys: its meetings take the photos from the Sametime Proxy.',
    '',
    'Where  System Console - Sametime Servers - Sametime Meeting Servers - your deployment -',
    '       Server Configuration - Edit; on every base meeting server',
    'Source "Enabling business cards for meetings" of the Sametime 9.0.1 documentation',
    '',
    'With userInfoRedirect=true the server redirects to the photo: the browsers, clients and phones of all',
    'participants, guests too, connect to the photo host themselves, and its rules decide for each of them.',
    'The URL must have the same scheme as the meetings: browsers do not load an http photo in an https page.',
    '',
    'Test, with a mail address in place of the user. On a machine that a rule admits, this prints 200:',
    `  curl -s -o photo.jpg -w '%{http_code}\\n' '${meetingUrl(url, encodeURIComponent(photo).replaceAll("'", '%27'))}'`,
    `and on a machine that no rule admits, ${turnedAway}. The server shows both keys here (old releases to anybody):`,
    '  /stmeetings/configuration?format=json&verbose=true',
    ...(userToken === undefined ? unknown : []),
    ...placeholderLines(facts, ['url']),
  ]
  const head = lines.map(line => `# ${line}`.trimEnd()).join('\n')
  return `${head}
userInfoRedirect=true
userInfoUrlTemplate=${meetingUrl(url, userToken ?? 'USER-TOKEN')}`
}

// The path of the vendor's own example, which the gate serves.
function meetingUrl(url: URL, user: string): string {
  return `${url.origin}/userinfo/image?email=${user}`
}

function placeholderLines(
  { placeholders, url, chatUrl }: SametimeFacts,
  used: readonly string[],
): string[] {
  const lines = placeholders
    .filter(name => used.includes(name))
    .map(name => {
      const [host, what] =
        name === 'url' ? [url.host, 'photo host'] : [chatUrl.host, 'Sametime Proxy']
      return `CHANGE THIS: ${host} stands for your ${what}; see the option ${name}.`
    })
  return lines.length > 0 ? ['', ...lines] : []
}

// XML 1.0 section 2.5: a comment holds no two hyphens in a row, not even in a host name such as xn--…
function comment(lines: readonly string[]): string {
  const safe = lines.map(line => line.replace(/-(?=-)/g, '- '))
  if (safe.length === 1) return `<!-- ${safe[0]} -->`
  return `<!--\n${safe.map(line => `  ${line}`.trimEnd()).join('\n')}\n-->`
}

function escapeXml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&apos;',
  }
  return text.replace(/[&<>"']/g, sign => entities[sign] as string)
}
