// Runs before anything is painted, so that a list does not appear one way and then the other. What the address says
// stands there already.
try {
  document.documentElement.dataset.view ??= localStorage.getItem('vodsrv.view') ?? 'grid';
} catch {
  document.documentElement.dataset.view ??= 'grid';
}
