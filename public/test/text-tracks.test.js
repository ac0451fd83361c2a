import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textShown } from '../text-tracks.js';

const inside = { id: '3', lang: 'en', default: true };
const german = { id: 'de.srt', lang: 'de', default: false };
const meant = { id: 'fr.default.srt', lang: 'fr', default: true };
const signs = { id: 'en.forced.srt', lang: 'en', default: false, forced: true };
const any = { id: 'forced.srt', lang: 'und', default: false, forced: true };

test('the text that is shown when a film begins', () => {
  const cases = [
    ['a track that is flagged', [inside, german], null, null],
    ['a file named default', [inside, german, meant], null, meant],
    ['a forced one in a language of the browser', [inside, german, signs], null, signs],
    ['a forced one in no language', [any], null, any],
    ['a forced one in another language', [{ ...signs, lang: 'ja' }], null, null],
    ['what was chosen', [inside, german, meant], 'de', german],
    ['what was chosen, spoken elsewhere', [inside, { ...german, lang: 'de-CH' }], 'de-AT', { ...german, lang: 'de-CH' }],
    ['what was chosen is not there', [inside, meant], 'de', meant],
    ['the forced one is no choice', [signs, inside], 'en', inside],
    ['none was chosen', [inside, german, meant, signs], '', null],
  ];
  for (const [what, list, choice, want] of cases) assert.deepEqual(textShown(list, choice, ['en-GB', 'en']), want, what);
});
