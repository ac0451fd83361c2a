// The few pictures the page needs, drawn on a grid of 24 by 24.

const PATHS = {
  play: 'M8 5.1v13.8a.8.8 0 0 0 1.2.7l11-6.9a.8.8 0 0 0 0-1.4l-11-6.9a.8.8 0 0 0-1.2.7Z',
  previous: 'M5.5 5h2.2v14H5.5zM19.5 6v12a.8.8 0 0 1-1.3.6L9.9 12.6a.8.8 0 0 1 0-1.2l8.3-6a.8.8 0 0 1 1.3.6Z',
  next: 'M16.3 5h2.2v14h-2.2zM4.5 6v12a.8.8 0 0 0 1.3.6l8.3-6a.8.8 0 0 0 0-1.2l-8.3-6a.8.8 0 0 0-1.3.6Z',
  muted: 'M3.5 9.3v5.4h3.6l4.7 4.2V5.1L7.1 9.3zM15.3 8.2l-1.4 1.4 2.4 2.4-2.4 2.4 1.4 1.4 2.4-2.4 2.4 2.4 1.4-1.4-2.4-2.4 2.4-2.4-1.4-1.4-2.4 2.4z',
  tick: 'M9.6 17.3 4.4 12.1l1.5-1.5 3.7 3.7 8.5-8.5 1.5 1.5Z',
  upload: 'M11 16V7.8L7.7 11.1 6.3 9.7 12 4l5.7 5.7-1.4 1.4L13 7.8V16zM5 18h14v2H5z',
  search: 'M10.5 4a6.5 6.5 0 0 1 5.2 10.4l4.4 4.4-1.4 1.4-4.4-4.4A6.5 6.5 0 1 1 10.5 4Zm0 2a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Z',
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
