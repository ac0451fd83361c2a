// Copying text: what browsers allow a page to do differs with how it was reached.

/** Puts text where it can be pasted from; false where that is not to be had. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** The old way, which works over plain HTTP too, where there is no clipboard for pages. */
function copyBySelection(text) {
  const field = document.createElement('textarea');
  field.className = 'unseen';
  field.value = text;
  document.body.append(field);
  const before = document.activeElement;
  field.select();
  const done = document.execCommand?.('copy') ?? false;
  field.remove();
  before?.focus?.({ preventScroll: true });
  return done;
}
