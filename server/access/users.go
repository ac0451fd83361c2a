package access

import (
	"bufio"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

const (
	// maxCost is the highest bcrypt cost that is taken: one try takes seconds
	// then, of a core that viewers want, too.
	maxCost = 16
	maxUser = 255 // bytes of a name
)

// Users are names and the bcrypt hashes of their passwords. It is read-only
// and never empty.
type Users struct {
	hashes map[string]string
	decoys []string // all hashes
	seed   maphash.Seed
}

// ReadUsers reads a users file, as htpasswd -B makes it.
func ReadUsers(file string) (*Users, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	users, err := ParseUsers(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return users, nil
}

// ParseUsers reads lines of name:bcrypt. Empty lines and those that begin with
// # are passed over. Errors name the line, never what stands in it.
func ParseUsers(r io.Reader) (*Users, error) {
	u := &Users{hashes: map[string]string{}, seed: maphash.MakeSeed()}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		if err := u.add(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(u.decoys) == 0 {
		return nil, fmt.Errorf("there is no user in it; add one with: htpasswd -B FILE NAME")
	}
	return u, nil
}

func (u *Users) add(line string) error {
	name, hash, ok := strings.Cut(line, ":")
	hash, _, _ = strings.Cut(hash, ":")
	cost, err := bcrypt.Cost([]byte(hash))
	switch {
	case !ok || name == "":
		return fmt.Errorf("it is not name:bcrypt")
	case len(name) > maxUser || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("the name must have at most %d bytes, and no control characters", maxUser)
	case u.hashes[name] != "":
		return fmt.Errorf("the user %q stands in it twice", name)
	case err != nil || len(hash) != 60:
		return fmt.Errorf("the password of %q is not hashed with bcrypt; use htpasswd -B", name)
	case cost > maxCost:
		return fmt.Errorf("the bcrypt cost of %q is %d and may be %d at most", name, cost, maxCost)
	}
	u.hashes[name] = hash
	u.decoys = append(u.decoys, hash)
	return nil
}

// hash is what a user's password is held against. For someone unknown it is
// another's hash, always the same one for a name, so that the time it takes
// tells nothing, whatever the costs of the hashes are.
func (u *Users) hash(name string) (hash string, known bool) {
	if hash, ok := u.hashes[name]; ok {
		return hash, true
	}
	return u.decoys[maphash.String(u.seed, name)%uint64(len(u.decoys))], false
}
