// The few pictures the page needs, drawn on a grid of 24 by 24.

const PATHS = {
  play: 'M8 5.1v13.8a.8.8 0 0 0 1.2.7l11-6.9a.8.8 0 0 0 0-1.4l-11-6.9a.8.8 0 0 0-1.2.7Z',
  pause: 'M6.5 5h3.2v14H6.5zM14.3 5h3.2v14h-3.2z',
  replay: 'M12 5V1.8L7 6.2l5 4.4V7.2a5.6 5.6 0 1 1-5.6 5.6H4.2A7.8 7.8 0 1 0 12 5Z',
  loud: 'M3.5 9.3v5.4h3.6l4.7 4.2V5.1L7.1 9.3zM14.4 8.2v7.6a4.3 4.3 0 0 0 0-7.6ZM14.4 4.2v2.2a6 6 0 0 1 0 11.2v2.2a8.1 8.1 0 0 0 0-15.6Z',
  quiet: 'M3.5 9.3v5.4h3.6l4.7 4.2V5.1L7.1 9.3zM14.4 8.2v7.6a4.3 4.3 0 0 0 0-7.6Z',
  muted: 'M3.5 9.3v5.4h3.6l4.7 4.2V5.1L7.1 9.3zM15.3 8.2l-1.4 1.4 2.4 2.4-2.4 2.4 1.4 1.4 2.4-2.4 2.4 2.4 1.4-1.4-2.4-2.4 2.4-2.4-1.4-1.4-2.4 2.4z',
  enlarge: 'M4 4h6v2.1H6.1V10H4zM14 4h6v6h-2.1V6.1H14zM4 14h2.1v3.9H10V20H4zM17.9 14H20v6h-6v-2.1h3.9z',
  reduce: 'M7.9 4H10v6H4V7.9h3.9zM14 4h2.1v3.9H20V10h-6zM4 14h6v6H7.9v-3.9H4zM14 14h6v2.1h-3.9V20H14z',
  folder: 'M3 6.2A1.7 1.7 0 0 1 4.7 4.5h4.5l2.2 2.3h7.9A1.7 1.7 0 0 1 21 8.5v9.3a1.7 1.7 0 0 1-1.7 1.7H4.7A1.7 1.7 0 0 1 3 17.8Z',
  video: 'M4.7 5h14.6A1.7 1.7 0 0 1 21 6.7v10.6a1.7 1.7 0 0 1-1.7 1.7H4.7A1.7 1.7 0 0 1 3 17.3V6.7A1.7 1.7 0 0 1 4.7 5ZM10 8.7v6.6l5.4-3.3z',
  audio: 'M9.5 17.3V6.5L19 4.5v10.8a2.8 2.8 0 1 1-1.8-2.6V8.6l-5.9 1.2v7.5A2.9 2.9 0 1 1 9.5 14.7Z',
};

const SVG = 'http://www.w3.org/2000/svg';

/** An SVG element that shows the picture called `name`; screen readers pass over it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('icon');
  svg.append(document.createElementNS(SVG, 'path'));
  setIcon(svg, name);
  return svg;
}

export function setIcon(svg, name) {
  const path = svg.firstChild;
  if (path.getAttribute('d') !== PATHS[name]) path.setAttribute('d', PATHS[name]);
  path.setAttribute('fill-rule', 'evenodd');
}
