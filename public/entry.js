// The player for anyone's page, served as /vod-player.js: it defines <vod-player> and <ws-video>.
// All modules are named here, so that a browser asks for them at once instead of one level after the other.

import './static/address.js';
import './static/autoplay.js';
import './static/buffer-queue.js';
import './static/chapters.js';
import './static/commands.js';
import './static/connection.js';
import './static/dom.js';
import './static/extras.js';
import './static/format.js';
import './static/icons.js';
import './static/keys.js';
import './static/media-session.js';
import './static/messages.js';
import './static/panels.js';
import './static/player-style.js';
import './static/player-view.js';
import './static/preview.js';
import './static/ranges.js';
import './static/refusal.js';
import './static/session.js';
import './static/source.js';
import './static/stall.js';
import './static/statistics.js';
import './static/streams.js';
import './static/text-tracks.js';
import './static/token.js';
import './static/tracks.js';
import './static/vendor/custom-media-element/custom-media-element.js';
import './static/vendor/media-tracks/audio-rendition-list.js';
import './static/vendor/media-tracks/audio-rendition.js';
import './static/vendor/media-tracks/audio-track-list.js';
import './static/vendor/media-tracks/audio-track.js';
import './static/vendor/media-tracks/change-event.js';
import './static/vendor/media-tracks/mixin.js';
import './static/vendor/media-tracks/rendition-event.js';
import './static/vendor/media-tracks/utils.js';
import './static/vendor/media-tracks/video-rendition-list.js';
import './static/vendor/media-tracks/video-rendition.js';
import './static/vendor/media-tracks/video-track-list.js';
import './static/vendor/media-tracks/video-track.js';
import './static/wake-lock.js';
import './static/ways.js';
import './static/ws-video.js';

export { VodPlayer } from './static/vod-player.js';
export { WsVideo } from './static/ws-video.js';
