package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// connections fetch at the same time, each quota bytes.
	connections = 4
	quota       = 512 << 20
	// bulk are flags and a query that switch the pacing off: a client that
	// reports nothing is far behind.
	bulkAhead = "3600"
	bulkQuery = "?rate=16"
)

// serve measures what it costs to send a film, against nginx, which has the
// kernel send the same file.
func (b *bench) serve() error {
	nginx, err := b.startNginx()
	if errors.Is(err, exec.ErrNotFound) {
		fmt.Println("nginx is not installed: nothing to compare the sending with")
		return nil
	}
	if err != nil {
		return err
	}
	defer nginx.stop()
	vodsrv, err := b.startVodsrv("--ahead", bulkAhead)
	if err != nil {
		return err
	}
	defer vodsrv.stop()
	cut, plain := filepath.Base(b.cut), filepath.Base(b.plain)
	var work []func() (cost, error)
	for _, from := range []fetch{
		{nginx, "/" + plain, false},
		{vodsrv, "/media/" + plain, false},
		{vodsrv, "/fmp4/" + plain, false},
		{vodsrv, "/ws/" + cut + bulkQuery, true},
		{vodsrv, "/ws/" + plain + bulkQuery, true},
		{vodsrv, "/ws/" + plain + bulkQuery + "&mode=split&tracks=1", true},
	} {
		work = append(work, from.measure)
	}
	costs, err := b.alternate(work...)
	if err != nil {
		return err
	}
	b.table.add(fmt.Sprintf("send %d x %d MiB", connections, quota>>20),
		named{name: "nginx, sendfile", cost: costs[0]},
		named{name: "vodsrv /media", cost: costs[1]},
		named{name: "vodsrv /fmp4, progressive film", cost: costs[2], target: "1.3 CPU"},
		named{name: "vodsrv /ws, fragmented film", cost: costs[3], target: "1.3 CPU"},
		named{name: "vodsrv /ws, progressive film", cost: costs[4], target: "1.3 CPU"},
		named{name: "vodsrv /ws, video of it alone", cost: costs[5], target: "2 CPU"})
	gb := float64(connections*quota) / 1e9
	fmt.Printf("CPU seconds a GB: nginx %.2f, vodsrv fragmented %.2f, progressive %.2f, one track %.2f\n",
		costs[0].cpu.Seconds()/gb, costs[3].cpu.Seconds()/gb, costs[4].cpu.Seconds()/gb, costs[5].cpu.Seconds()/gb)
	return nil
}

// daemon is a server that was started here.
type daemon struct {
	cmd  *exec.Cmd
	addr string
	pids func() []int // whose CPU time counts
}

// stop ends the server as a service manager would.
func (d *daemon) stop() {
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	_ = d.cmd.Wait()
}

// cpu is the CPU time of the server until now.
func (d *daemon) cpu() (time.Duration, error) {
	total := time.Duration(0)
	for _, pid := range d.pids() {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return 0, err
		}
		// The name, in brackets, may hold anything.
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		for _, ticks := range fields[11:13] {
			n, err := strconv.Atoi(ticks)
			if err != nil {
				return 0, err
			}
			total += time.Duration(n) * time.Second / 100
		}
	}
	return total, nil
}

func (b *bench) startVodsrv(flags ...string) (*daemon, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	cmd := b.vodsrvCommand(addr, flags...)
	return start(cmd, addr, func() []int { return []int{cmd.Process.Pid} })
}

// vodsrvCommand serves the folder of films. It describes all of them anew.
func (b *bench) vodsrvCommand(addr string, flags ...string) *exec.Cmd {
	args := append([]string{"serve", "--addr", addr, "--media", b.dir, "--cache-dir", "none"}, flags...)
	return exec.Command(b.vodsrv, args...)
}

// start runs a server and waits until it takes connections.
func start(cmd *exec.Cmd, addr string, pids func() []int) (*daemon, error) {
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	d := &daemon{cmd: cmd, addr: addr, pids: pids}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			return d, conn.Close()
		}
		if time.Now().After(end) {
			d.stop()
			return nil, fmt.Errorf("%s does not listen: %w", cmd.Path, err)
		}
	}
}

// children are the processes that a process started.
func children(pid int) (pids []int) {
	list, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	for _, field := range strings.Fields(string(list)) {
		if n, err := strconv.Atoi(field); err == nil {
			pids = append(pids, n)
		}
	}
	return pids
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// fetch is one thing to be sent, to several clients at once.
type fetch struct {
	from    *daemon
	path    string
	upgrade bool
}

func (f fetch) measure() (cost, error) {
	before, err := f.from.cpu()
	if err != nil {
		return cost{}, err
	}
	begin := time.Now()
	failed := make(chan error, connections)
	var all sync.WaitGroup
	for range connections {
		all.Go(func() { failed <- f.once() })
	}
	all.Wait()
	wall := time.Since(begin)
	for range connections {
		if err := <-failed; err != nil {
			return cost{}, fmt.Errorf("%s: %w", f.path, err)
		}
	}
	after, err := f.from.cpu()
	return cost{wall: wall, cpu: after - before}, err
}

// once takes quota bytes, and leaves.
func (f fetch) once() error {
	conn, err := net.Dial("tcp", f.from.addr)
	if err != nil {
		return err
	}
	return f.answer(conn, func(r *bufio.Reader) error {
		_, err := io.CopyN(io.Discard, r, quota)
		return err
	})
}

// answer asks on a connection, hands over what follows the head of the answer,
// and closes it.
func (f fetch) answer(conn net.Conn, take func(*bufio.Reader) error) error {
	defer func() { _ = conn.Close() }()
	request := "GET " + f.path + " HTTP/1.1\r\nHost: " + f.from.addr + "\r\n"
	want := "200"
	if f.upgrade {
		request += "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		want = "101"
	}
	if _, err := io.WriteString(conn, request+"\r\n"); err != nil {
		return err
	}
	r := bufio.NewReaderSize(conn, 256<<10)
	status, err := r.ReadString('\n')
	if err != nil {
		return err
	}
	if !strings.Contains(status, " "+want+" ") {
		return fmt.Errorf("answered %s", strings.TrimSpace(status))
	}
	return take(r)
}
