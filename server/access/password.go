package access

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/sync/singleflight"
	"golang.org/x/time/rate"
)

// How often passwords may be tried: some at once, then one every tryEvery. A
// name is tried from several places, so it gets more.
const (
	tryEvery       = 6 * time.Second
	triesOfAddress = 10
	triesOfUser    = 30
	// remembered bounds the addresses, names and passwords that are kept.
	remembered = 10_000
	// slotPatience is how long a try waits for others to be done.
	slotPatience = 5 * time.Second
	// maxPassword is how many bytes of a password bcrypt looks at. A longer
	// one is wrong, instead of good for any ending.
	maxPassword = 72
)

// ErrUnauthorized is for those who did not say who they are, or not rightly.
var ErrUnauthorized = errors.New("access: who are you?")

// WaitError is for those who tried too often.
type WaitError struct{ Wait time.Duration }

func (e *WaitError) Error() string { return fmt.Sprintf("access: too many tries, wait %v", e.Wait) }

// passwords verifies passwords, and remembers those that were right: bcrypt is
// meant to be slow.
type passwords struct {
	secret  []byte // of this process: keys of what is remembered
	compare func(hash, password []byte) error
	slots   chan struct{} // one for each try at a time: viewers want processors, too
	flights singleflight.Group

	addresses *Limiter[netip.Addr]
	names     *Limiter[string]

	mu    sync.Mutex
	right map[string]bool
}

func newPasswords() *passwords {
	return &passwords{
		secret: random(), compare: bcrypt.CompareHashAndPassword,
		slots:     make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)),
		addresses: NewLimiter[netip.Addr](rate.Every(tryEvery), triesOfAddress, remembered),
		names:     NewLimiter[string](rate.Every(tryEvery), triesOfUser, remembered),
		right:     map[string]bool{},
	}
}

// verify returns the hash of the user whose password it is. Errors are
// ErrUnauthorized and *WaitError.
func (p *passwords) verify(users *Users, client netip.Addr, user, password string, now time.Time) (hash string, err error) {
	hash, known := users.hash(user)
	// The hash is part of what is remembered: a new password ends it.
	mark := p.mark("password", user, hash, password)
	if known && p.remembers(mark) {
		return hash, nil
	}
	// Who asks for many things at once has the password looked at once.
	_, err, _ = p.flights.Do(mark+client.String(), func() (any, error) {
		return nil, p.try(mark, hash, known, client, user, password, now)
	})
	return hash, err
}

func (p *passwords) try(mark, hash string, known bool, client netip.Addr, user, password string, now time.Time) error {
	if wait := p.addresses.Take(client, now); wait > 0 {
		return &WaitError{wait}
	}
	// Those who guess at a name from elsewhere must not lock its owner out.
	here := p.mark("place", user, hash, client.String())
	if !p.remembers(here) {
		if wait := p.names.Take(p.mark("name", user), now); wait > 0 {
			return &WaitError{wait}
		}
	}
	if len(password) > maxPassword {
		return ErrUnauthorized
	}
	timer := time.NewTimer(slotPatience)
	defer timer.Stop()
	select {
	case p.slots <- struct{}{}:
	case <-timer.C:
		return &WaitError{slotPatience}
	}
	defer func() { <-p.slots }()
	if known && p.remembers(mark) {
		return nil
	}
	if err := p.compare([]byte(hash), []byte(password)); err != nil || !known {
		return ErrUnauthorized
	}
	p.remember(mark, here)
	return nil
}

// mark is a name for what is remembered that tells nothing of it.
func (p *passwords) mark(fields ...string) string {
	var b []byte
	for _, f := range fields {
		b = binary.AppendUvarint(b, uint64(len(f)))
		b = append(b, f...)
	}
	return string(sum(p.secret, string(b)))
}

func (p *passwords) remembers(mark string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.right[mark]
}

func (p *passwords) remember(marks ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.right) >= remembered {
		clear(p.right) // each costs its owner one more try
	}
	for _, m := range marks {
		p.right[m] = true
	}
}
