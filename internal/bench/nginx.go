package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// findNginx is where nginx is, or exec.ErrNotFound.
func findNginx() (string, error) {
	for _, name := range []string{"nginx", "/usr/sbin/nginx"} {
		if program, err := exec.LookPath(name); err == nil {
			return program, nil
		}
	}
	return "", exec.ErrNotFound
}

// startNginx runs nginx with one worker, which does all the sending.
func (b *bench) startNginx() (*daemon, error) { return b.startNginxWith("", "") }

// startNginxWith runs nginx with further directives, of its main context and of
// its server.
func (b *bench) startNginxWith(main, server string) (*daemon, error) {
	program, err := findNginx()
	if err != nil {
		return nil, err
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	// Two of them may run at a time.
	name := filepath.Join(b.dir, "nginx"+addr[strings.LastIndexByte(addr, ':')+1:])
	config := name + ".conf"
	text := fmt.Sprintf(`%[3]s
daemon off; worker_processes 1; pid %[5]s.pid; error_log stderr;
events { worker_connections 8192; }
http { access_log off; sendfile on; tcp_nopush on; types { text/html html; video/mp4 mp4; }
	client_body_temp_path %[1]s/nginx; proxy_temp_path %[1]s/nginx; fastcgi_temp_path %[1]s/nginx;
	uwsgi_temp_path %[1]s/nginx; scgi_temp_path %[1]s/nginx;
	server { listen %[2]s; root %[1]s; %[4]s } }`, b.dir, addr, main, server, name)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(config) }() // it has been read when connections are taken
	cmd := exec.Command(program, "-c", config, "-e", "stderr")
	return start(cmd, addr, func() []int { return children(cmd.Process.Pid) })
}

const (
	vodModuleFile = "ngx_http_vod_module.so"
	vodLocation   = "/vod/"
	vodLocationTS = "/vod-ts/"
)

// startVodModule runs nginx with nginx-vod-module, which makes segments of the
// films below vodLocation, in fragmented MP4 as vodsrv does, and below
// vodLocationTS, in the MPEG transport streams that it makes by default. The module is built in, lies where nginx looks for
// modules, or is what BENCH_VOD_MODULE names; else the error is exec.ErrNotFound.
func (b *bench) startVodModule() (*daemon, error) {
	program, err := findNginx()
	if err != nil {
		return nil, err
	}
	built, err := exec.Command(program, "-V").CombinedOutput()
	if err != nil {
		return nil, err
	}
	module, load := os.Getenv("BENCH_VOD_MODULE"), ""
	builtIn := false
	for _, option := range strings.Fields(string(built)) {
		if folder, ok := strings.CutPrefix(option, "--modules-path="); ok && module == "" {
			module = filepath.Join(folder, vodModuleFile)
		}
		builtIn = builtIn || strings.HasPrefix(option, "--add-module=") && strings.Contains(option, "vod")
	}
	if !builtIn {
		if _, err := os.Stat(module); err != nil {
			return nil, exec.ErrNotFound
		}
		load = "load_module " + module + ";"
	}
	// The caches and reading in threads are what its README advises.
	const config = `
		aio threads; open_file_cache max=1000; tcp_nodelay on;
		vod_metadata_cache films 2048m; vod_response_cache lists 128m;
		vod_mode local; vod_segment_duration 6000; vod_align_segments_to_key_frames on;
		location %[1]s { alias %[3]s/; vod hls; vod_hls_container_format fmp4; }
		location %[2]s { alias %[3]s/; vod hls; vod_hls_container_format mpegts;
			vod_hls_mpegts_align_frames off; vod_hls_mpegts_interleave_frames on; }`
	return b.startNginxWith(load, fmt.Sprintf(config, vodLocation, vodLocationTS, b.dir))
}
