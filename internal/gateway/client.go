// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"net/http"
	"net/netip"
	"strings"
)

const headerForwardedFor = "X-Forwarded-For"

// clientOf returns the address of whoever asks: the other end of the
// connection, unless that is a proxy of ours. Then it is the nearest address in
// X-Forwarded-For that is none of our proxies; what stands before it anybody
// may have written.
func (g *gateway) clientOf(r *http.Request) string {
	if !g.isProxy(r.RemoteAddr) {
		return r.RemoteAddr
	}
	client, way := r.RemoteAddr, strings.Join(r.Header[headerForwardedFor], ",")
	for way != "" {
		at := strings.LastIndexByte(way, ',')
		hop, err := hostOf(strings.TrimSpace(way[at+1:]))
		if err != nil {
			break
		}
		client, way = hop.String(), way[:max(at, 0)]
		if !g.isProxy(client) {
			break
		}
	}
	return client
}

// isProxy reports whether text is the address of a proxy that is believed.
func (g *gateway) isProxy(text string) bool {
	if len(g.Proxies) == 0 {
		return false
	}
	address, err := hostOf(text)
	if err != nil {
		return false
	}
	for _, network := range g.Proxies {
		if network.Contains(address) {
			return true
		}
	}
	return false
}

// hostOf reads an address with or without a port.
func hostOf(text string) (netip.Addr, error) {
	if whole, err := netip.ParseAddrPort(text); err == nil {
		return whole.Addr().Unmap().WithZone(""), nil
	}
	address, err := netip.ParseAddr(text)
	return address.Unmap().WithZone(""), err
}
