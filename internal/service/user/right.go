// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"slices"
	"strings"

	"tandem/internal/identity"
	"tandem/internal/problem"
)

// always are the rights of everybody who may sign in: to see who they are, and
// to change their own password.
var always = []string{identity.SelfRead, identity.SelfWrite}

// described says what each right opens, for whoever puts roles together.
var described = map[string]string{
	identity.CallRead:         "See calls, their history and their recordings",
	identity.CallCreate:       "Have the phone system call somebody",
	identity.FeedRead:         "Follow all calls of the call centre live",
	identity.ConnectorRead:    "See the phone systems that are connected",
	identity.ConnectorWrite:   "Connect phone systems and change their settings",
	identity.InboxRead:        "See what phone systems sent and Tandem could not read",
	identity.InboxWrite:       "Have it read again, or remove it",
	identity.RoutingRead:      "See queues, routing rules and their versions",
	identity.RoutingWrite:     "Change queues and routing rules",
	identity.ContactRead:      "See contacts and groups",
	identity.ContactWrite:     "Add, change, merge and delete contacts and groups",
	identity.ContactImport:    "Import contacts from files",
	identity.ContactExport:    "Export contacts to files",
	identity.ContactErase:     "Overwrite for good all that is stored of a person",
	identity.ContactIdentity:  "See numbers of identity papers in full",
	identity.ActivityRead:     "See notes, call logs, messages and reminders",
	identity.ActivityWrite:    "Write notes and reminders, and send messages",
	identity.AgentRead:        "See agents and what they are doing",
	identity.AgentWrite:       "Invite, change and delete agents, and give them roles",
	identity.RoleRead:         "See roles and their rights",
	identity.RoleWrite:        "Make roles and change their rights",
	identity.KeyRead:          "See API keys, but not what proves them",
	identity.KeyWrite:         "Make, rotate and revoke API keys, and the access key of softphones",
	identity.KeyReveal:        "See the access key of softphones; each time is in the audit trail",
	identity.TokenCreate:      "Make softphone tokens of other agents",
	identity.SipRead:          "See SIP accounts, but not their passwords",
	identity.SipWrite:         "Add, change and delete SIP accounts",
	identity.SipReveal:        "See the password of a SIP account; each time is in the audit trail",
	identity.ProviderRead:     "See the carriers of the installation and their prices",
	identity.IntegrationRead:  "See integrations and their deliveries",
	identity.IntegrationWrite: "Connect other systems, and send again what they missed",
	identity.ClickToCallRead:  "See the call button for web sites",
	identity.ClickToCallWrite: "Design the call button for web sites",
	identity.AuditRead:        "See and export who did what",
	identity.SettingsRead:     "See the settings and limits of the call centre",
	identity.SettingsWrite:    "Change the settings of the call centre",
}

// grantable returns the rights that a role may be given. Those of everybody
// are not among them: there is nothing to decide.
func grantable() []string {
	return slices.DeleteFunc(identity.Grantable(), func(right string) bool { return slices.Contains(always, right) })
}

// covers reports whether whoever has mine has right too, be it as a part of a
// wider one.
func covers(mine []string, right string) bool {
	if slices.Contains(mine, right) {
		return true
	}
	whole, isOwn := strings.CutSuffix(right, identity.Own(""))
	return isOwn && slices.Contains(mine, whole)
}

// normalRights returns rights in order, each once, without those that a wider
// one holds.
func normalRights(rights []string) []string {
	kept := []string{}
	for _, right := range slices.Sorted(slices.Values(rights)) {
		whole, isOwn := strings.CutSuffix(right, identity.Own(""))
		if slices.Contains(always, right) || slices.Contains(kept, right) || isOwn && slices.Contains(rights, whole) {
			continue
		}
		kept = append(kept, right)
	}
	return kept
}

// mayHandle returns nil if whoever asks has all of rights. Otherwise it is
// Denied: nobody gives to others, or takes over from them, what they do not
// have. What no request caused, Tandem's own commands do.
func mayHandle(ctx context.Context, rights []string) error {
	p, ok := identity.From(ctx)
	if !ok {
		return nil
	}
	for _, right := range rights {
		if !covers(p.Rights, right) {
			return problem.New(problem.Denied, "user.right_not_held", "This needs the right %s as well, because it would give it away or take it over.", right)
		}
	}
	return nil
}
