// What Sametime needs to find the photos: its proxy, its classic Meeting Server and its business
// cards. Only what the vendor's pages or a working set-up show; where they are silent, the snippet
// says so in place of a guess.
import type { Settings } from '../config/settings.ts'
import { photoUrl } from './photo-url.ts'

export interface SametimeFacts {
  /** The photo host. */
  readonly url: URL
  /** The Sametime Proxy's own public URL. */
  readonly chatUrl: URL
  /** The LDAP attribute that holds a person's photo URL. */
  readonly attribute: string
  /** What the Meeting Server replaces by the user; undefined when nobody has named it. */
  readonly userToken: string | undefined
  /** The address of a photo, to try it with. */
  readonly photo: string
  /** The names of those of `url` and `chatUrl` that are stand-ins. */
  readonly standIns: readonly string[]
}

/** The part of stproxyconfig.xml that makes the proxy fetch photos for its clients. */
export function stproxySnippet(facts: SametimeFacts): string {
  const head = comment([
    'Sametime Proxy 9.0.1, as photogate prints it.',
    '',
    'Where  stproxyconfig.xml, inside of the root element, in place of a <photoCache> that is there',
    'Then   synchronise the nodes and restart the Sametime Proxy',
    '',
    'The proxy fetches the photo at the URL that a person has in LDAP, keeps it, and hands it to its',
    'clients, so that they need no way to the photo host. It fetches from its own address, and no',
    'page says that it sends a cookie. So photogate.yaml has to admit that address:',
    '  allow: [{ name: sametime-proxy, from: [192.0.2.20] }]     CHANGE THIS: 192.0.2.20',
    '',
    "proxyServerURL is the proxy's own public URL, not the photo host's. Without it photos fail.",
    'cacheExpiry and storageLocation are those of a set-up that works. Found on no page: the unit of',
    'cacheExpiry, the defaults, and whether an error is kept as a photo would be.',
    '',
    'Test it. On the machine of the proxy this prints 200, and where no rule admits you it does not:',
    `  curl -s -o photo.jpg -w '%{http_code}\\n' '${photoUrl(facts.url, facts.photo)}'`,
    "Then open a contact's card in the web client: the gate's log has the proxy as its client.",
    ...standInLines(facts, ['chat-url', 'url']),
  ])
  return `${head}
<photoCache>
  <enabled>true</enabled>
  <cacheExpiry>60</cacheExpiry>
  <storageLocation>/opt/IBM/phototemp</storageLocation>
  <proxyServerURL>${escapeXml(facts.chatUrl.origin)}</proxyServerURL>
</photoCache>`
}

/** The parts of UserInfoConfig.xml that tell clients where photos are. Well-formed inside of any element. */
export function userInfoSnippet(facts: SametimeFacts): string {
  const field = escapeXml(facts.attribute)
  const ids = 'MailAddress,Name,Title,Location,Telephone,PhotoURL,ImagePath,Company'
  const head = comment([
    'Business cards of Sametime, the way that is documented for 12, as photogate prints it.',
    '',
    'Where  UserInfoConfig.xml, in the Domino program directory; in 12, in the community pod',
    'Then   restart the Community Server; in 12, update the deployment',
    '',
    `Two clients, two names, one LDAP attribute (${facts.attribute}): web and mobile ask for PhotoURL, the`,
    'Notes and Connect clients for ImagePath. The vendor allows JPEG and GIF of less than 45 KB, advises',
    '10 KB, and asks for an http URL where all kinds of clients are to see it. Clients keep a card for',
    'seven days (lookupExpirationDays).',
    '',
    'Test it: open a card in each client and look for its request in the log of photogate.',
  ])
  return `${head}

${comment(['Inside of <Details> of <Storage type="LDAP">. Take out the line with Id="Photo".'])}
<Detail Id="PhotoURL" FieldName="${field}" Type="text/plain"/>
<Detail Id="ImagePath" FieldName="${field}" Type="text/plain"/>

${comment(['In place of the two lines that begin with <Set: 0 is for anonymous users, 1 for those signed in.', 'Keep the names that you want on the card; Photo has gone.'])}
<Set SetId="0" params="${ids}"/>
<Set SetId="1" params="${ids}"/>`
}

/** The two keys of the classic Meeting Server, as the console asks for them. */
export function meetingsSnippet(
  facts: SametimeFacts,
  { otherwise }: Pick<Settings, 'otherwise'>,
): string {
  const { url, userToken, photo } = facts
  const fate = 'redirect' in otherwise ? '302' : String(otherwise.status)
  const unknown = [
    '',
    'CHANGE THIS: USER-TOKEN is what the server replaces by the user, "typically an email". How it is',
    'written was found on no page: public copies of the one above end just before it. Look it up in',
    "your release's own documentation, or in a template that is set already, and pass it as --user-token.",
  ]
  const lines = [
    'Sametime Meeting Server 9.0.1 (WebSphere), as `photogate snippets meetings` prints it. Sametime 12 has',
    'no such keys: its meetings take the photos of the Sametime Proxy.',
    '',
    'Where  System Console - Sametime Servers - Sametime Meeting Servers - your deployment -',
    '       Server Configuration - Edit; on every base meeting server',
    'Source "Enabling business cards for meetings" of the Sametime 9.0.1 documentation',
    '',
    'With userInfoRedirect=true the server sends whoever asks on to the photo: browsers, clients and phones',
    'of all participants come to the photo host themselves, guests too, and its rules decide about each.',
    "The URL's scheme has to be that of the meetings: browsers load no http photo in an https page.",
    '',
    'Test it, with an address in place of the user. From where a rule admits you, this prints 200:',
    `  curl -s -o photo.jpg -w '%{http_code}\\n' '${meetingUrl(url, encodeURIComponent(photo).replaceAll("'", '%27'))}'`,
    `and from where none does ${fate}. The server shows both keys, and on old releases shows them to anybody:`,
    '  /stmeetings/configuration?format=json&verbose=true',
    ...(userToken === undefined ? unknown : []),
    ...standInLines(facts, ['url']),
  ]
  const head = lines.map(line => `# ${line}`.trimEnd()).join('\n')
  return `${head}
userInfoRedirect=true
userInfoUrlTemplate=${meetingUrl(url, userToken ?? 'USER-TOKEN')}`
}

// The vendor's own example; the gate knows it.
function meetingUrl(url: URL, user: string): string {
  return `${url.origin}/userinfo/image?email=${user}`
}

function standInLines(
  { standIns, url, chatUrl }: SametimeFacts,
  used: readonly string[],
): string[] {
  const lines = standIns
    .filter(name => used.includes(name))
    .map(name => {
      const [host, what] =
        name === 'url' ? [url.host, 'photo host'] : [chatUrl.host, 'Sametime Proxy']
      return `CHANGE THIS: ${host} stands for your ${what}; see the option ${name}.`
    })
  return lines.length > 0 ? ['', ...lines] : []
}

// XML 1.0 section 2.5: no two hyphens in a comment, not even of a host name such as xn--…
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
