// SPDX-License-Identifier: Apache-2.0

package identity

// The rights there are. A role is a set of them.
const (
	CallRead       = "call.read"
	FeedRead       = "feed.read"
	ConnectorRead  = "connector.read"
	ConnectorWrite = "connector.write"
	InboxRead      = "inbox.read"
	InboxWrite     = "inbox.write"
	RoutingRead    = "routing.read"
	RoutingWrite   = "routing.write"
	ContactRead    = "contact.read"
	ContactWrite   = "contact.write"
	SelfRead       = "self.read" // one's own session; everyone who is signed in
	TenantRead     = "tenant.read"
	TenantWrite    = "tenant.write"
	UserRead       = "user.read"
	MetricsRead    = "metrics.read" // the figures of the whole installation, so no tenant's
)

// RightsOf returns the rights of a built-in role; none for an unknown one.
func RightsOf(role string) []string {
	switch role {
	case "operator":
		return append(RightsOf("admin"), TenantRead, TenantWrite, MetricsRead)
	case "admin", "key":
		return append(RightsOf("agent"),
			ConnectorRead, ConnectorWrite, InboxRead, InboxWrite, RoutingRead, RoutingWrite, ContactWrite, UserRead)
	case "agent":
		return []string{SelfRead, CallRead, FeedRead, ContactRead}
	default:
		return nil
	}
}
