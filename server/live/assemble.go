package live

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
	"vodsrv/server/live/flv"
)

const (
	// companyWait is how much of a stream is looked at for the other kind before
	// it is taken to be of one kind only. The other may come later all the same.
	// Pictures whose key frame is still to come are waited for as long as a
	// fragment may be.
	companyWait = time.Second
	// jumpAhead and jumpBack are steps of the source's time that are no gaps, but
	// another time.
	jumpAhead = 5 * time.Second
	jumpBack  = 500 * time.Millisecond
	// longestFragment bounds what waits for a key frame where fragments are whole
	// groups of pictures, and fragmentBytes what waits at all.
	longestFragment = 10 * time.Second
	fragmentBytes   = 4 << 20
	// packetRoom is what a packet takes besides its data, roughly, in bytes.
	packetRoom = 256
)

// Cutting says how long fragments are.
type Cutting struct {
	Most time.Duration // each; where it is 0, each is a whole group of pictures
}

// assembler makes one stream of fragments of what a source sends: runs, within
// which nothing changes but the media, on one line of time from 0 on.
type assembler struct {
	cutting Cutting
	window  *Window
	record  *recorder // nil if nothing is recorded

	video, audio feed
	meta         flv.Metadata
	run          *run // nil while what is needed to begin one comes in
	queue        []flv.Packet
	queued       int  // bytes that the queue takes
	amid         bool // pictures came before the run, without their key frame
	breakAtKey   bool // something changed: the next key frame begins a run

	end    time.Duration // of all that was assembled
	offset time.Duration // output time = source time + offset
	before time.Duration // the offset before the last jump: the other kind may not have jumped yet
	newest time.Duration // output time
}

func newAssembler(w *Window, c Cutting) *assembler { return &assembler{window: w, cutting: c} }

func sourceTime(p flv.Packet) time.Duration {
	return time.Duration(p.Time)*time.Millisecond + time.Duration(p.Nanos)
}

func (a *assembler) feed(k flv.Kind) *feed {
	if k == flv.Video {
		return &a.video
	}
	return &a.audio
}

// add takes in the next packet of the source. It fails where nothing of the
// stream can be relayed.
func (a *assembler) add(p flv.Packet) error {
	if p.Kind == flv.Script {
		a.meta = p.Meta
		return nil
	}
	f := a.feed(p.Kind)
	ok := f.learn(p)
	if a.run == nil && !f.ready() { // what was collected is of another format
		a.forget(p.Kind)
	}
	if !ok {
		return a.hopeless()
	}
	if a.run != nil && a.turn(p) {
		if err := a.stop(); err != nil {
			return err
		}
	}
	switch {
	case a.run == nil:
		return a.prepare(p)
	case a.run.has(p.Kind) && f.ready():
		return a.media(p)
	}
	return nil
}

// forget drops what was collected of one kind.
func (a *assembler) forget(k flv.Kind) {
	if !a.collected(k) {
		return
	}
	a.queue = slices.DeleteFunc(a.queue, func(q flv.Packet) bool { return q.Kind == k })
	a.queued = 0
	for _, q := range a.queue {
		a.queued += packetRoom + len(q.Data)
	}
}

// hopeless fails if neither kind can be relayed.
func (a *assembler) hopeless() error {
	if a.video.trouble != nil && a.audio.trouble != nil {
		return errors.Join(a.video.trouble, a.audio.trouble)
	}
	return nil
}

// turn tells whether a packet begins another run, and remembers what else will.
func (a *assembler) turn(p flv.Packet) bool {
	f := a.feed(p.Kind)
	switch {
	case f.changed, !a.run.has(p.Kind) && f.trouble == nil:
		a.breakAtKey = true
	case a.run.has(p.Kind) && !a.fits(p):
		a.jump(p)
		a.breakAtKey = true
	}
	pictures := a.run.has(flv.Video)
	if gone := a.gone(p.Kind); gone != nil {
		// It is made anew if it comes back.
		gone.format, gone.changed = nil, true
		pictures = pictures && gone != &a.video
		a.breakAtKey = true
	}
	return a.breakAtKey && p.Key && (p.Kind == flv.Video || !pictures)
}

// gone is the feed of the run that has had nothing for long while this kind
// goes on; nil if there is none.
func (a *assembler) gone(going flv.Kind) *feed {
	for _, k := range []flv.Kind{flv.Video, flv.Audio} {
		if f := a.feed(k); k != going && a.run.has(k) && a.newest-f.time(f.next) > jumpAhead {
			return f
		}
	}
	return nil
}

// fits tells whether a packet's time goes on from those before it. A kind that
// did not jump when the other did is still on its old time.
func (a *assembler) fits(p flv.Packet) bool {
	at := sourceTime(p)
	if a.near(p.Kind, at+a.offset) {
		return true
	}
	if a.near(p.Kind, at+a.before) {
		a.offset, a.before = a.before, a.offset
		return true
	}
	return false
}

func (a *assembler) near(k flv.Kind, at time.Duration) bool {
	f := a.feed(k)
	return at >= f.time(f.next)-jumpBack && at <= a.newest+jumpAhead
}

// jump makes a packet follow those before it, whatever its time is.
func (a *assembler) jump(p flv.Packet) {
	f := a.feed(p.Kind)
	a.before, a.offset = a.offset, f.time(f.due())-sourceTime(p)
}

// prepare collects what comes before a run. It begins with a key frame, once
// both kinds are known, or one has come alone for long enough.
func (a *assembler) prepare(p flv.Packet) error {
	f := a.feed(p.Kind)
	if p.Key && f.changed {
		f.describe(p.Data, a.meta)
	}
	a.amid = a.amid || p.Kind == flv.Video && !p.Key
	if !f.ready() {
		return a.hopeless()
	}
	if p.Kind == flv.Video && !a.collected(flv.Video) {
		if !p.Key {
			return nil
		}
		a.queue, a.queued = nil, 0 // sound before the first picture is of no use
	}
	a.queue, a.queued = append(a.queue, p), a.queued+packetRoom+len(p.Data)
	waited := sourceTime(p) - sourceTime(a.queue[0])
	both := a.collected(flv.Video) && a.audio.ready()
	wait := companyWait
	if a.amid && a.video.trouble == nil && !a.collected(flv.Video) {
		wait = longestFragment
	}
	if both || waited >= wait || waited < -jumpBack || a.queued > fragmentBytes {
		return a.begin()
	}
	return nil
}

func (a *assembler) collected(k flv.Kind) bool {
	return slices.ContainsFunc(a.queue, func(p flv.Packet) bool { return p.Kind == k })
}

// begin makes a run of what is collected, right behind all that was assembled.
func (a *assembler) begin() error {
	queue := a.queue
	a.run = &run{window: a.window, start: a.end.Seconds()}
	if a.collected(flv.Video) {
		a.run.tracks = append(a.run.tracks, a.video.format.track)
	}
	if a.audio.ready() {
		a.run.tracks = append(a.run.tracks, a.audio.format.track)
	}
	a.queue, a.queued, a.amid, a.breakAtKey = nil, 0, false, false
	for _, f := range a.feeds() {
		f.restart(a.end)
	}
	a.offset = a.end - sourceTime(queue[0])
	a.before, a.newest = a.offset, a.end
	a.window.begin(a.run)
	for _, p := range queue {
		if err := a.media(p); err != nil {
			return err
		}
	}
	return nil
}

// feeds are those of the run's tracks.
func (a *assembler) feeds() []*feed {
	var list []*feed
	for _, k := range []flv.Kind{flv.Video, flv.Audio} {
		if a.run.has(k) {
			list = append(list, a.feed(k))
		}
	}
	return list
}

// media takes in a packet that belongs to the run.
func (a *assembler) media(p flv.Packet) error {
	at := sourceTime(p) + a.offset
	a.newest = max(a.newest, at)
	if p.Kind == flv.Audio {
		a.audio.sound(at, p)
	} else {
		a.video.picture(at, p)
	}
	if a.due(p) {
		return a.cut()
	}
	return nil
}

// due tells whether what is whole makes a fragment, now that a packet has come.
func (a *assembler) due(p flv.Packet) bool {
	most := a.cutting.Most
	if most == 0 {
		most = longestFragment
	}
	lead, waits := &a.video, &a.audio
	if !a.run.has(flv.Video) {
		if a.cutting.Most == 0 {
			most = time.Second // sound has no groups
		}
		lead, waits = waits, lead
	}
	if lead.bytes+waits.bytes > fragmentBytes {
		return true
	}
	// Where no pictures come for a while, sound does not wait for them.
	const patience = 500 * time.Millisecond
	if waits.waiting() > most+patience {
		return true
	}
	n := len(lead.pending)
	if n == 0 || a.feed(p.Kind) != lead {
		return false
	}
	next := lead.time(int64(lead.pending[n-1].Duration))
	return p.Kind == flv.Video && p.Key || lead.waiting()+next > most
}

// stop ends the run: what it has goes out, also where it was too short to tell
// whether there is another kind.
func (a *assembler) stop() error {
	if a.run == nil && len(a.queue) > 0 {
		if err := a.begin(); err != nil {
			return err
		}
	}
	if a.run == nil {
		return nil
	}
	if a.run.has(flv.Video) {
		a.video.finish()
	}
	err := a.cut()
	for _, f := range a.feeds() {
		if f.begun {
			a.end = max(a.end, f.time(f.next+int64(max(f.delay, 0))))
		}
	}
	a.window.close(a.run)
	if a.record != nil {
		a.record.take(chunk{run: a.run})
	}
	a.run = nil
	return err
}

// cut makes a fragment of all that is whole.
func (a *assembler) cut() error {
	e := entry{run: a.run, key: true}
	lead := &a.audio
	if a.run.has(flv.Video) {
		lead, e.key = &a.video, len(a.video.pending) > 0 && a.video.pending[0].Sync
	}
	if len(lead.pending) == 0 {
		lead = &a.audio
	}
	if len(lead.pending) == 0 {
		return nil
	}
	first, last := lead.pending[0], lead.pending[len(lead.pending)-1]
	shift := int64(lead.delay)
	e.start = lead.time(first.DTS + shift).Seconds()
	e.end = lead.time(last.DTS + int64(last.Duration) + shift).Seconds()
	var all []fragment.LiveMedia
	for _, f := range a.feeds() {
		list := f.take()
		if len(list) == 0 {
			continue
		}
		media := fragment.LiveMedia{Track: f.used.track, Samples: list}
		g, err := fragment.LiveSegment(a.window.number(), media)
		if err != nil {
			return fmt.Errorf("a fragment can't be made: %w", err)
		}
		e.segments[f.used.track.ID] = g
		e.size += g.Size()
		all = append(all, media)
	}
	a.window.add(e)
	if a.record != nil {
		a.record.take(chunk{run: a.run, media: all, start: e.start, end: e.end, size: e.size, key: e.key})
	}
	return nil
}

// has tells whether the run has a track of a kind.
func (r *run) has(k flv.Kind) bool {
	return slices.ContainsFunc(r.tracks, func(t *mp4.Track) bool { return string(t.Kind) == string(k) })
}
