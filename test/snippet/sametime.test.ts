// The text of the snippets for Sametime. test/system/sametime-xml.test.ts shows that the XML is well-formed.
import t from 'tap'
import { meetingsSnippet, stproxySnippet, userInfoSnippet } from '../../src/snippet/sametime.ts'

const facts = {
  url: new URL('https://photos.acme.example'),
  chatUrl: new URL('https://chat.acme.example:8443'),
  attribute: 'PhotoURL',
  userToken: undefined,
  photo: "o'neil+x@acme.example",
  placeholders: [],
}
const otherwise = { redirect: 'https://www.acme.example/sign-in' }

/** The snippet without XML's comments. */
const xmlOf = (snippet: string) => snippet.replace(/<!--[\s\S]*?-->/g, '').trim()

t.test('the Sametime Proxy gets its own URL, not that of the photo host', async t => {
  const snippet = stproxySnippet(facts)
  t.equal(
    xmlOf(snippet),
    `<photoCache>
  <enabled>true</enabled>
  <cacheExpiry>60</cacheExpiry>
  <storageLocation>/opt/IBM/phototemp</storageLocation>
  <proxyServerURL>https://chat.acme.example:8443</proxyServerURL>
</photoCache>`,
  )
  // Without this rule the proxy would be turned away, because it sends no cookie.
  t.match(snippet, 'allow: [{ name: sametime-proxy, from: [192.0.2.20] }]')
})

t.test('business cards map both names to one attribute and request both', async t => {
  t.equal(
    xmlOf(userInfoSnippet({ ...facts, attribute: 'description' })).replace(/\n{2,}/g, '\n'),
    `<Detail Id="PhotoURL" FieldName="description" Type="text/plain"/>
<Detail Id="ImagePath" FieldName="description" Type="text/plain"/>
<Set SetId="0" params="MailAddress,Name,Title,Location,Telephone,PhotoURL,ImagePath,Company"/>
<Set SetId="1" params="MailAddress,Name,Title,Location,Telephone,PhotoURL,ImagePath,Company"/>`,
  )
})

t.test('comments hold no two hyphens in a row, even if a host name does', async t => {
  const url = new URL('https://xn--bcher-kva.acme.example')
  const texts = [
    stproxySnippet({ ...facts, url, chatUrl: url, placeholders: ['url', 'chat-url'] }),
    userInfoSnippet({ ...facts, attribute: 'a--b---c' }),
  ]
  for (const text of texts) {
    const comments = text.match(/(?<=<!--)[\s\S]*?(?=-->)/g) ?? []
    t.ok(comments.length > 0)
    for (const comment of comments) t.notMatch(comment, /--/)
  }
})

t.test(
  'the user token of the Meeting Server is the one that the administrator named, or a marked gap',
  async t => {
    const open = meetingsSnippet(facts, { otherwise })
    t.match(open, '\nuserInfoRedirect=true\n')
    t.match(
      open,
      /\nuserInfoUrlTemplate=https:\/\/photos\.acme\.example\/userinfo\/image\?email=USER-TOKEN$/,
    )
    t.match(open, /^# CHANGE THIS: USER-TOKEN/m)
    const filled = meetingsSnippet({ ...facts, userToken: '{0}' }, { otherwise })
    t.match(filled, /\?email=\{0\}$/)
    t.notMatch(filled, /CHANGE THIS/)
  },
)

t.test(
  'the test command for meetings can be pasted, and says what the turned away get',
  async t => {
    const snippet = meetingsSnippet(facts, { otherwise })
    t.match(
      snippet,
      "'https://photos.acme.example/userinfo/image?email=o%27neil%2Bx%40acme.example'\n",
    )
    t.match(snippet, '# and on a machine that no rule admits, 302.')
    t.match(meetingsSnippet(facts, { otherwise: { status: 404 } }), 'that no rule admits, 404.')
  },
)
