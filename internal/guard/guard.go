// SPDX-License-Identifier: Apache-2.0

// Package guard says which addresses Tandem dials of those that people of call
// centres enter: they are not to look around in the network it stands in.
package guard

import (
	"net/netip"
	"syscall"

	"code.dny.dev/ssrf"
)

// The private ranges that may be opened. Link-local addresses are never among
// them: behind 169.254.169.254 clouds hand out credentials, and behind metadata,
// which is in a private range.
var (
	privateV4 = prefixes("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
	privateV6 = prefixes("::1/128", "fc00::/7")
	metadata  = netip.MustParseAddr("fd00:ec2::254")
)

func prefixes(texts ...string) (list []netip.Prefix) {
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// Control returns what [net.Dialer.Control] takes. It lets through public
// addresses, and with private those of this machine and of private networks. It
// looks at the address that is dialled, after the name was resolved: a name that
// changes its mind between a check and the request gains nothing.
func Control(private bool) func(network, address string, c syscall.RawConn) error {
	options := []ssrf.Option{ssrf.WithAnyPort()}
	if private {
		options = append(options, ssrf.WithAllowedV4Prefixes(privateV4...), ssrf.WithAllowedV6Prefixes(privateV6...))
	}
	safe := ssrf.New(options...).Safe
	return func(network, address string, c syscall.RawConn) error {
		if to, err := netip.ParseAddrPort(address); err == nil && to.Addr().WithZone("") == metadata {
			return ssrf.ErrProhibitedIP
		}
		return safe(network, address, c)
	}
}
