// Package load is many viewers at once: it opens WebSockets to a vodsrv,
// takes what comes as fast as it comes, reports as the page does, and tells
// whether a player would have had to wait.
package load
