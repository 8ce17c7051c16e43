import t from 'tap'
import { joinStyled, plainOf, styled } from '../../src/text/styled.ts'

t.test('styles stand beside the text, and without them only the text is left', async t => {
  const text = ['a ', styled('b', 'bad'), styled(' c', undefined)]
  t.strictSame(text, ['a ', { text: 'b', style: 'bad' }, ' c'])
  t.equal(plainOf(text), 'a b c')
  t.equal(plainOf([]), '')
})

t.test('texts are joined as strings are', async t => {
  const one = [styled('1', 'good')]
  t.equal(plainOf(joinStyled([one, [], ['2', '3']], '\n')), '1\n\n23')
  t.strictSame(joinStyled([one], '\n'), one)
  t.strictSame(joinStyled([], '\n'), [])
})
