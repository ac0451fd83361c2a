// Building elements in one line, and taking them away.

/** An element with properties (`class` and names with a dash or "role" become attributes) and children. */
export function make(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === 'class') element.className = value;
    else if (name === 'role' || name.includes('-')) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

/** Before an element of a shadow root goes: the focus that is within it is the host's, where keys are heard on. */
export function giveUpFocus(element) {
  const root = element.getRootNode();
  if (root.host && element.contains(root.activeElement)) root.host.focus({ preventScroll: true });
}

/** Hides elements of a shadow root. */
export function hide(...elements) {
  for (const element of elements) {
    giveUpFocus(element);
    element.hidden = true;
  }
}
