// The list page: what its controls ask for, the list shows.

import './file-list.js';
import './live-list.js';
import { ListTools } from './list-tools.js';

const list = document.querySelector('file-list');
const tools = new ListTools(document.querySelector('.tools'), (query) => list.open(query));

list.open(tools.query);
list.addEventListener('sort', (event) => tools.sortBy(event.detail));

if ((document.body.dataset.can ?? '').split(' ').includes('upload')) offerUpload();

async function offerUpload() {
  const { UploadPanel } = await import('./upload-panel.js');
  const panel = new UploadPanel(list.dataset.path, new URL('..', import.meta.url));
  list.addTool(panel.button());
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const typing = event.target.closest('input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]');
  if (event.key === '/' && !typing) {
    event.preventDefault();
    tools.focusSearch();
  }
  if (event.key === 'ArrowDown' && event.target.name === 'q') {
    event.preventDefault();
    list.focusEntry(0);
  }
});
