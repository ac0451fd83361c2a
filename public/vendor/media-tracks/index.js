export * from "./mixin.js";
import { VideoTrack } from "./video-track.js";
import { VideoTrackList } from "./video-track-list.js";
import { VideoRendition } from "./video-rendition.js";
import { VideoRenditionList } from "./video-rendition-list.js";
import { AudioTrack } from "./audio-track.js";
import { AudioTrackList } from "./audio-track-list.js";
import { AudioRendition } from "./audio-rendition.js";
import { AudioRenditionList } from "./audio-rendition-list.js";
import { TrackEvent } from "./change-event.js";
import { RenditionEvent } from "./rendition-event.js";
export {
  AudioRendition,
  AudioRenditionList,
  AudioTrack,
  AudioTrackList,
  RenditionEvent,
  TrackEvent,
  VideoRendition,
  VideoRenditionList,
  VideoTrack,
  VideoTrackList
};
