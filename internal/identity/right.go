// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"slices"
	"strings"
)

// The rights there are. A role is a set of them.
const (
	CallRead         = "call.read"
	CallCreate       = "call.create" // have the phone system call somebody
	FeedRead         = "feed.read"
	ConnectorRead    = "connector.read"
	ConnectorWrite   = "connector.write"
	InboxRead        = "inbox.read"
	InboxWrite       = "inbox.write"
	RoutingRead      = "routing.read"
	RoutingWrite     = "routing.write"
	ContactRead      = "contact.read"
	ContactWrite     = "contact.write"
	ContactImport    = "contact.import"
	ContactExport    = "contact.export"
	ContactErase     = "contact.erase"    // overwrite all that is stored of a person
	ContactIdentity  = "contact.identity" // see numbers of identity papers in full
	ActivityRead     = "activity.read"
	ActivityWrite    = "activity.write"
	AgentRead        = "agent.read"
	AgentWrite       = "agent.write"
	RoleRead         = "role.read"
	RoleWrite        = "role.write"
	KeyRead          = "key.read"
	KeyWrite         = "key.write"
	KeyReveal        = "key.reveal"   // see the access key; each time is in the audit trail
	TokenCreate      = "token.create" // make softphone tokens of others
	SipRead          = "sip.read"
	SipWrite         = "sip.write"
	SipReveal        = "sip.reveal" // see a SIP password; each time is in the audit trail
	ProviderRead     = "provider.read"
	ProviderWrite    = "provider.write"
	IntegrationRead  = "integration.read"
	IntegrationWrite = "integration.write"
	ClickToCallRead  = "click-to-call.read"
	ClickToCallWrite = "click-to-call.write"
	AuditRead        = "audit.read"
	SettingsRead     = "settings.read" // those of one's own call centre
	SettingsWrite    = "settings.write"
	SelfRead         = "self.read" // one's own session; everyone who is signed in
	SelfWrite        = "self.write"
	TenantRead       = "tenant.read"
	TenantWrite      = "tenant.write"
	MetricsRead      = "metrics.read" // the figures of the whole installation, so no tenant's
)

// own ends a right that reaches no further than what belongs to its holder.
const own = ".own"

// Own returns the right to one's own part of what right opens. Only some have
// one; see [CanBeOwn].
func Own(right string) string { return right + own }

// CanBeOwn reports whether a right may be granted for one's own data only.
func CanBeOwn(right string) bool {
	return slices.Contains([]string{CallRead, ContactRead, ContactWrite, ActivityRead, ActivityWrite}, right)
}

// RightsOf returns the rights of a built-in role; none for an unknown one.
func RightsOf(role string) []string {
	switch role {
	case "operator":
		return append(RightsOf("admin"), TenantRead, TenantWrite, ProviderWrite, MetricsRead)
	case "admin", "key":
		return append(RightsOf("agent"),
			ConnectorRead, ConnectorWrite, InboxRead, InboxWrite, RoutingRead, RoutingWrite,
			ContactImport, ContactExport, ContactErase, ContactIdentity,
			AgentWrite, RoleRead, RoleWrite, KeyRead, KeyWrite, KeyReveal, TokenCreate, SipRead, SipWrite, SipReveal, ProviderRead,
			IntegrationRead, IntegrationWrite, ClickToCallRead, ClickToCallWrite, AuditRead, SettingsWrite)
	case "agent":
		return []string{
			SelfRead, SelfWrite, CallRead, CallCreate, FeedRead, ContactRead, ContactWrite, ActivityRead, ActivityWrite, AgentRead, SettingsRead,
		}
	default:
		return nil
	}
}

// Grantable returns the rights that a role of a call centre may have: all that
// its administrator has, and those of one's own data.
func Grantable() []string {
	var rights []string
	for _, right := range RightsOf("admin") {
		rights = append(rights, right)
		if CanBeOwn(right) {
			rights = append(rights, Own(right))
		}
	}
	slices.SortFunc(rights, strings.Compare)
	return rights
}
