package access

import (
	"fmt"
	"net/netip"
	"strings"
)

// Proxies are those whose word is taken for whom they ask.
type Proxies []netip.Prefix

// ParseProxies reads addresses and networks (CIDR).
func ParseProxies(texts []string) (Proxies, error) {
	var all Proxies
	for _, s := range texts {
		prefix, err := netip.ParsePrefix(s)
		if err != nil {
			addr, addrErr := netip.ParseAddr(s)
			if addrErr != nil {
				return nil, fmt.Errorf("a trusted proxy must be an address or a network such as 10.0.0.0/8, not %q", s)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		all = append(all, prefix.Masked())
	}
	return all, nil
}

// Trusts tells whether an address is a proxy's.
func (p Proxies) Trusts(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	for _, prefix := range p {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// Client is whom a request comes from: the peer, or whom the trusted proxies
// name, each in the X-Forwarded-For headers behind what it was told. What
// stands before the last address that is no trusted proxy's is hearsay.
func (p Proxies) Client(peer netip.Addr, forwarded []string) netip.Addr {
	client := peer.Unmap().WithZone("")
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(hops) - 1; i >= 0 && p.Trusts(client); i-- {
		hop, ok := parseHop(strings.TrimSpace(hops[i]))
		if !ok {
			break
		}
		client = hop
	}
	return client
}

// parseHop reads an address, with or without a port.
func parseHop(s string) (netip.Addr, bool) {
	if with, err := netip.ParseAddrPort(s); err == nil {
		return with.Addr().Unmap().WithZone(""), true
	}
	addr, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return addr.Unmap().WithZone(""), err == nil
}

// Site is the address that limits count by: of IPv6, where everyone has a
// whole network, the network.
func Site(addr netip.Addr) netip.Addr {
	if addr.Is6() && !addr.Is4In6() {
		return netip.PrefixFrom(addr.WithZone(""), 64).Masked().Addr()
	}
	return addr.Unmap()
}
