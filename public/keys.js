// The keys of the player: one table says what they do, and what the help says of them. Pure.

const SKIP = 10;
const STEP = 5;
const LOUDER = 0.05;

/**
 * `held`: a key that is held down means it again and again. `name` and `value` are the command, as Commands has it. What has no `shown` stands in another line of the help.
 * Where the focus is on a button or a slider, that has its own use for some keys.
 */
const KEYS = [
  { keys: [' '], name: 'togglePlay', shown: 'Space, k', says: 'Play, pause', notOn: 'button' },
  { keys: ['k', 'K'], name: 'togglePlay' },
  { keys: ['j', 'J'], name: 'seekBy', held: true, value: -SKIP, shown: 'j, l', says: `Back, forward by ${SKIP} seconds` },
  { keys: ['l', 'L'], name: 'seekBy', held: true, value: SKIP },
  { keys: ['ArrowLeft'], name: 'seekBy', held: true, value: -STEP, shown: '←, →', says: `Back, forward by ${STEP} seconds`, notOn: 'slider' },
  { keys: ['ArrowRight'], name: 'seekBy', held: true, value: STEP, notOn: 'slider' },
  { keys: ['ArrowUp'], name: 'louderBy', held: true, value: LOUDER, shown: '↑, ↓', says: 'Louder, quieter', notOn: 'slider' },
  { keys: ['ArrowDown'], name: 'louderBy', held: true, value: -LOUDER, notOn: 'slider' },
  { keys: ['m', 'M'], name: 'toggleMute', shown: 'm', says: 'Sound off and on' },
  { keys: ['c', 'C'], name: 'toggleCaptions', shown: 'c', says: 'Captions on and off' },
  { keys: ['f', 'F'], name: 'toggleFullScreen', shown: 'f', says: 'Full screen' },
  { keys: ['p'], name: 'togglePictureInPicture', shown: 'p', says: 'Picture in picture' },
  { keys: ['<'], name: 'speedBy', held: true, value: -1, shown: '<, >', says: 'Slower, faster' },
  { keys: ['>'], name: 'speedBy', held: true, value: 1 },
  { keys: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'], name: 'seekToPart', shown: '0 … 9', says: 'To 0 % … 90 % of the film' },
  { keys: ['Home'], name: 'seekToPart', value: 0, shown: 'Home, End', says: 'To the start, to the end', notOn: 'slider' },
  { keys: ['End'], name: 'seekToPart', value: 1, notOn: 'slider' },
  { keys: ['P'], name: 'goPrevious', shown: 'Shift + p, Shift + n', says: 'Previous, next film' },
  { keys: ['N'], name: 'goNext' },
  { keys: ['i', 'I'], name: 'toggleStatistics', shown: 'i', says: 'Statistics' },
  { keys: ['?'], name: 'toggleHelp', shown: '?', says: 'This help' },
];

/** The key that was pressed; on keyboards of other scripts a letter is the Latin one of its place. */
export function keyOf({ key, code = '', shiftKey = false }) {
  const [, letter] = code.match(/^Key([A-Z])$/) ?? [];
  if (!letter || key.length !== 1 || key <= '~') return key;
  return shiftKey ? letter : letter.toLowerCase();
}

/** What a key means where the focus is on a "button", a "slider" or elsewhere (""): {name, value, held}, or null. */
export function commandOf(key, on = '') {
  const entry = KEYS.find(({ keys }) => keys.includes(key));
  if (!entry || (on && entry.notOn === on)) return null;
  const value = entry.value ?? (entry.name === 'seekToPart' ? Number(key) / 10 : undefined);
  return { name: entry.name, value, held: Boolean(entry.held) };
}

/** What of its own keys the first element of a path, which is in focus, has: those of a "button", of a "slider", or none (""). */
export function focusedKind(path) {
  if (path[0].matches?.('input[type=range]') || path.some((element) => /^media-(time|volume)-range$/.test(element.localName ?? ''))) return 'slider';
  if (path.some((element) => element.matches?.('button, a, select, summary, [role=button], [role^=menuitem]'))) return 'button';
  return '';
}

/** The lines of the help: {shown, says}. */
export const help = () => KEYS.filter(({ shown }) => shown).map(({ shown, says }) => ({ shown, says }));
