// What example.html does with the player. It is there as soon as its module is; until then this waits.

await customElements.whenDefined('vod-player');

const player = document.querySelector('vod-player');
const where = document.getElementById('where');

player.media.addEventListener('timeupdate', () => {
  if (player.hasAttribute('failed')) return;
  where.textContent = `${Math.floor(player.media.currentTime)} of ${Math.round(player.media.duration)} seconds`;
});

player.addEventListener('vod-failed', ({ detail }) => {
  where.textContent = `Read the text below instead: ${detail.sentence}`;
});

for (const button of document.querySelectorAll('button[data-time]')) {
  button.addEventListener('click', () => {
    player.media.currentTime = Number(button.dataset.time);
    player.play();
  });
}
