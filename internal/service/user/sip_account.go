// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

// SIPAccount is where and how a phone of a call centre registers. Times are
// Unix milliseconds.
type SIPAccount struct {
	ID        string // the number of the hotline it stands for
	Domain    string
	Extension string
	Proxy     string
	CreatedAt int64
	UpdatedAt int64
	Deleted   bool

	sealed string // the password; "" when none was given
}

// HasPassword reports whether a password is kept for the account.
func (a SIPAccount) HasPassword() bool { return a.sealed != "" }

// seenSIPAccount is an account as the audit trail shows it.
type seenSIPAccount struct {
	Domain    string `json:"domain"`
	Extension string `json:"extension"`
	Proxy     string `json:"proxy"`
	Password  bool   `json:"password"` // whether there is one
	Deleted   bool   `json:"deleted"`
}

func (a SIPAccount) seen() seenSIPAccount {
	return seenSIPAccount{a.Domain, a.Extension, a.Proxy, a.HasPassword(), a.Deleted}
}

var (
	// A hotline's number, however it is written; it stands in addresses.
	hotlineForm = regexp.MustCompile(`^[0-9A-Za-z*#+][0-9A-Za-z*#+._-]{0,63}$`)
	hostForm    = regexp.MustCompile(`^[0-9A-Za-z_\[:]([0-9A-Za-z._:\[\]-]{0,252})$`)
)

// check returns what is wrong with the account's own words.
func (a SIPAccount) check() []problem.Field {
	var fields []problem.Field
	fault := func(name, detail string) {
		fields = append(fields, problem.Field{Name: "body." + name, Detail: detail})
	}
	if !hotlineForm.MatchString(a.ID) {
		fault("_id", "must be the hotline's number: 1 to 64 digits, letters and * # + . _ -")
	}
	if !hostForm.MatchString(a.Domain) {
		fault("domain", "must be a host name or address, with a port if need be")
	}
	if !extensionForm.MatchString(a.Extension) {
		fault("extension", "must be what the phone registers as, such as 200")
	}
	if len(a.Proxy) > 255 || strings.ContainsFunc(a.Proxy, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		fault("proxy", "must be the address of a proxy, such as sip:proxy.example:5060;transport=tls")
	}
	return fields
}

func checkSIPPassword(password string) []problem.Field {
	if len(password) > 256 || strings.ContainsFunc(password, unicode.IsControl) {
		return []problem.Field{{Name: "body.password", Detail: "must have at most 256 bytes and no control characters"}}
	}
	return nil
}

func badSIPAccount(fields []problem.Field) error {
	if len(fields) == 0 {
		return nil
	}
	return problem.NewFields("sip_account.invalid", "The SIP account cannot be kept so.", fields...)
}

// sipPurpose is what an account's password is sealed for.
func sipPurpose(tenant int64, id string) string {
	return fmt.Sprintf("user/sip/%d/%s/password", tenant, id)
}

// CreateSIPAccount adds an account. A number that has one is a Conflict; one
// that was deleted begins anew.
func (u *Users) CreateSIPAccount(ctx context.Context, t identity.Tenant, a SIPAccount, password string) (SIPAccount, error) {
	if err := badSIPAccount(append(a.check(), checkSIPPassword(password)...)); err != nil {
		return SIPAccount{}, err
	}
	a.CreatedAt, a.Deleted = u.now(), false
	a.UpdatedAt, a.sealed = a.CreatedAt, u.Box.Seal(sipPurpose(t.ID, a.ID), password)
	err := u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := u.store.addSIPAccount(ctx, tx, t.ID, a); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Tenant: t.ID, Action: "sip-account.created", Object: "sip-account/" + a.ID, After: a.seen()})
	})
	return a, err
}

// UpdateSIPAccount replaces an account's words. Without a password it keeps
// the one it has; an empty one is removed.
func (u *Users) UpdateSIPAccount(ctx context.Context, t identity.Tenant, words SIPAccount, password *string) (SIPAccount, error) {
	fields := words.check()
	if password != nil {
		fields = append(fields, checkSIPPassword(*password)...)
	}
	if err := badSIPAccount(fields); err != nil {
		return SIPAccount{}, err
	}
	return u.changeSIPAccount(ctx, t, words.ID, "changed", false, func(_ context.Context, _ *eventlog.Tx, a *SIPAccount) error {
		a.Domain, a.Extension, a.Proxy = words.Domain, words.Extension, words.Proxy
		if password != nil {
			a.sealed = u.Box.Seal(sipPurpose(t.ID, a.ID), *password)
		}
		return nil
	})
}

// DeleteSIPAccount hides an account. One that an agent uses is a Conflict.
func (u *Users) DeleteSIPAccount(ctx context.Context, t identity.Tenant, id string) error {
	_, err := u.changeSIPAccount(ctx, t, id, "deleted", false, func(ctx context.Context, tx *eventlog.Tx, a *SIPAccount) error {
		users, err := u.store.usersOfSIPAccount(ctx, tx, t.ID, id)
		if err != nil {
			return err
		}
		if len(users) > 0 {
			return problem.New(problem.Conflict, "sip_account.in_use", "The SIP account is used by %s.", several(users))
		}
		a.Deleted = true
		return nil
	})
	return err
}

// RestoreSIPAccount shows a deleted account again, with its password.
func (u *Users) RestoreSIPAccount(ctx context.Context, t identity.Tenant, id string) (SIPAccount, error) {
	return u.changeSIPAccount(ctx, t, id, "restored", true, func(_ context.Context, _ *eventlog.Tx, a *SIPAccount) error {
		a.Deleted = false
		return nil
	})
}

// changeSIPAccount changes an account that is deleted or not, and says so in
// the audit trail.
func (u *Users) changeSIPAccount(
	ctx context.Context, t identity.Tenant, id, action string, deleted bool,
	change func(context.Context, *eventlog.Tx, *SIPAccount) error,
) (SIPAccount, error) {
	var after SIPAccount
	err := u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := u.store.findSIPAccount(ctx, tx, t.ID, id, deleted)
		if err != nil {
			return err
		}
		after = before
		if err := change(ctx, tx, &after); err != nil {
			return err
		}
		after.UpdatedAt = u.now()
		if err := u.store.updateSIPAccount(ctx, tx, t.ID, after); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{
			Tenant: t.ID, Action: "sip-account." + action, Object: "sip-account/" + id, Before: before.seen(), After: after.seen(),
		})
	})
	return after, err
}

// RevealSIPPassword returns an account's password, once the audit trail says
// who has seen it.
func (u *Users) RevealSIPPassword(ctx context.Context, t identity.Tenant, id string) (string, error) {
	a, err := u.store.findSIPAccount(ctx, u.Database, t.ID, id, false)
	if err != nil {
		return "", err
	}
	password, err := u.Box.Open(sipPurpose(t.ID, id), a.sealed)
	if err != nil {
		return "", fmt.Errorf("open password of SIP account: %w", err)
	}
	err = u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		return audit.Record(ctx, tx, audit.Entry{Tenant: t.ID, Action: "sip-account.revealed", Object: "sip-account/" + id})
	})
	if err != nil {
		return "", err
	}
	return password, nil
}

const namedMax = 5 // of those who use something, in a sentence

// several names a few of many.
func several(names []string) string {
	if more := len(names) - namedMax; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:namedMax], ", "), more)
	}
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
