// What media-chrome tells amiss to those who do not see the controls, put right from outside.

/** Amends the controls below `root`, which are defined by now; the time's name follows it until `signal` aborts. */
export function amendNames(root, signal) {
  for (const menu of root.querySelectorAll('[role="menu"]')) nameWayBack(menu);
  for (const display of root.querySelectorAll('media-time-display')) nameTime(display, signal);
}

/** In a menu there are items only, and a name begins with what is to be read. */
function nameWayBack(menu) {
  const button = menu.shadowRoot.querySelector('button[part~="back"]');
  const title = menu.querySelector(':scope > [slot="title"]')?.textContent;
  button.setAttribute('role', 'menuitem');
  button.setAttribute('aria-label', title ? `${title}, back to the menu before` : 'Back to the menu before');
}

/** The button is called what it shows: who speaks to the computer says what is to be read. */
function nameTime(display, signal) {
  const name = () => {
    const shown = `${display.shadowRoot.querySelector('slot').textContent.replace(/\s+/g, ' ').trim()}, playback time`;
    if (display.getAttribute('aria-label') !== shown) display.setAttribute('aria-label', shown);
  };
  // media-chrome sets its own name again each time the film goes on.
  const watcher = new MutationObserver(name);
  watcher.observe(display, { attributeFilter: ['aria-label'] });
  signal.addEventListener('abort', () => watcher.disconnect());
  name();
}
