// The list page.

import './file-list.js';
