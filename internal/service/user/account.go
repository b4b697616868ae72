// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

const (
	passwordCharactersMin = 8
	passwordBytesMax      = 1024
)

// The roles of those who sign in with a login.
const (
	RoleAdmin    = "admin"
	RoleAgent    = "agent"
	RoleOperator = "operator" // of the installation; belongs to no tenant
)

// NewUser is somebody to be let in.
type NewUser struct {
	Tenant    int64 // 0 for an operator
	Login     string
	Name      string // "" for the login
	Email     string
	Role      string
	Extension string
	Password  string
}

// User is somebody who may sign in.
type User struct {
	Tenant    int64
	ID        string
	Login     string
	Name      string
	Email     string
	Role      string
	Extension string
}

// account is an agent with what proves that it is them.
type account struct {
	Agent

	passwordHash string // "" for nobody
}

var (
	loginForm     = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{1,63}$`)
	extensionForm = regexp.MustCompile(`^[0-9A-Za-z*#+._-]{0,64}$`)
)

// normalLogin returns a login as it is stored: people and their phones write
// it with capitals, too.
func normalLogin(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

// check returns what is wrong with n.
func (n *NewUser) check() []problem.Field {
	fields := n.checkWords()
	roles := []string{RoleAdmin, RoleAgent}
	if n.Tenant == 0 {
		roles = []string{RoleOperator}
	}
	if !slices.Contains(roles, n.Role) {
		fields = append(fields, problem.Field{Name: "role", Detail: "must be " + strings.Join(roles, " or ")})
	}
	return fields
}

// checkWords is check without the role.
func (n *NewUser) checkWords() []problem.Field {
	var fields []problem.Field
	fault := func(name, detail string) { fields = append(fields, problem.Field{Name: name, Detail: detail}) }
	if !loginForm.MatchString(n.Login) {
		fault("login", "must be 2 to 64 lower-case letters, digits and . _ @ - and begin with a letter or digit")
	}
	if !utf8.ValidString(n.Name) || len(n.Name) > 200 || strings.ContainsFunc(n.Name, unicode.IsControl) {
		fault("name", "must have at most 200 characters, and no control characters")
	}
	if len(n.Email) > 254 || n.Email != "" && !strings.Contains(n.Email, "@") || strings.ContainsFunc(n.Email, isBlank) {
		fault("email", "must be an e-mail address")
	}
	if !extensionForm.MatchString(n.Extension) {
		fault("extension", "must be what a phone system calls the agent's phone, such as 200")
	}
	return fields
}

func isBlank(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

func checkPassword(password string) []problem.Field {
	switch {
	case utf8.RuneCountInString(password) < passwordCharactersMin:
		return []problem.Field{{Name: "password", Detail: fmt.Sprintf("must have at least %d characters", passwordCharactersMin)}}
	case len(password) > passwordBytesMax:
		return []problem.Field{{Name: "password", Detail: "is too long"}}
	default:
		return nil
	}
}

func invalid(fields []problem.Field) error {
	if len(fields) == 0 {
		return nil
	}
	return problem.NewFields("user.invalid", "The user cannot be created so.", fields...)
}

// prepare makes an account of n. It takes as long as hashing a password does,
// so it comes before any transaction.
func (u *Users) prepare(ctx context.Context, n NewUser) (account, error) {
	hash, err := u.passwords.hash(ctx, n.Password)
	if err != nil {
		return account{}, err
	}
	if n.Name == "" {
		n.Name = n.Login
	}
	id, err := uuid.NewV7()
	if err != nil {
		return account{}, err
	}
	now := u.now()
	return account{Agent{
		User: User{
			Tenant: n.Tenant, ID: id.String(), Login: n.Login, Name: n.Name,
			Email: strings.ToLower(n.Email), Role: n.Role, Extension: n.Extension,
		},
		Device: DeviceSIP, HasPassword: true, CreatedAt: now, UpdatedAt: now,
	}, hash}, nil
}

// CreateUser adds somebody. A login that is taken is a Conflict.
func (u *Users) CreateUser(ctx context.Context, n NewUser) (User, error) {
	n.Login = normalLogin(n.Login)
	if err := invalid(append(n.check(), checkPassword(n.Password)...)); err != nil {
		return User{}, err
	}
	return u.create(ctx, n)
}

// CreateOperator adds somebody who runs the installation.
func (u *Users) CreateOperator(ctx context.Context, login, name, password string) (User, error) {
	return u.CreateUser(ctx, NewUser{Login: login, Name: name, Role: RoleOperator, Password: password})
}

// EnsureUser returns the user with n's login and adds them if there is none.
// Somebody who is there stays as they are. The password may be short: this is
// for the demo, whose passwords everybody knows.
func (u *Users) EnsureUser(ctx context.Context, n NewUser) (User, error) {
	n.Login = normalLogin(n.Login)
	if err := invalid(n.check()); err != nil {
		return User{}, err
	}
	found, err := u.store.findByLogin(ctx, n.Login)
	if err == nil && found.Tenant == n.Tenant {
		return found.User, nil
	}
	if err != nil && problem.Of(err).Kind != problem.NotFound {
		return User{}, err
	}
	return u.create(ctx, n)
}

func (u *Users) create(ctx context.Context, n NewUser) (User, error) {
	a, err := u.prepare(ctx, n)
	if err != nil {
		return User{}, err
	}
	err = u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error { return u.add(ctx, tx, a) })
	if err != nil {
		return User{}, err
	}
	u.changed()
	return a.User, nil
}

// add writes an account and what happened.
func (u *Users) add(ctx context.Context, tx *eventlog.Tx, a account) error {
	if err := u.store.addUser(ctx, tx.Tx, a); err != nil {
		return err
	}
	return u.recordWithQueues(ctx, tx, a.Agent, "created")
}

// SetPassword gives a user another password and signs them out everywhere.
func (u *Users) SetPassword(ctx context.Context, login, password string) error {
	if err := invalid(checkPassword(password)); err != nil {
		return err
	}
	found, err := u.store.findByLogin(ctx, normalLogin(login))
	if err != nil {
		return err
	}
	hash, err := u.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	err = u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := setPasswordHash(ctx, tx.Tx, found.Tenant, found.ID, hash, u.now()); err != nil {
			return err
		}
		if err := u.store.endAccess(ctx, tx, found.Tenant, found.ID); err != nil {
			return err
		}
		return u.recordPassword(ctx, tx, found.User)
	})
	if err == nil {
		u.changed()
	}
	return err
}

// recordPassword writes down that a user has another password, for people and
// for programs.
func (u *Users) recordPassword(ctx context.Context, tx *eventlog.Tx, who User) error {
	entry := audit.Entry{Tenant: who.Tenant, Action: "password.changed", Object: objectOf(who)}
	if err := audit.Record(ctx, tx, entry); err != nil {
		return err
	}
	return u.record(ctx, tx, who, "password")
}

// changedData is the data of user.changed. It holds nothing that lets anybody
// in.
type changedData struct {
	ID        string `json:"id"`
	Change    string `json:"change"` // created, changed, deleted, restored or password
	Login     string `json:"login"`
	Name      string `json:"name"`
	Email     string `json:"email"`
	Role      string `json:"role"`
	Extension string `json:"extension"`
	// Queues are the numbers; nil when they are as they were.
	Queues *[]string `json:"queues,omitempty"`
}

// recordWithQueues is record with the agent's queues.
func (u *Users) recordWithQueues(ctx context.Context, tx *eventlog.Tx, a Agent, change string) error {
	data := dataOfUser(a.User, change)
	queues := append([]string{}, a.Queues...) // [] and not null: there are none
	data.Queues = &queues
	return u.recordData(ctx, tx, a.User, data)
}

// record appends user.changed. The log holds what happened in tenants, so it
// has nothing of operators.
func (u *Users) record(ctx context.Context, tx *eventlog.Tx, changed User, change string) error {
	return u.recordData(ctx, tx, changed, dataOfUser(changed, change))
}

func dataOfUser(u User, change string) changedData {
	return changedData{ID: u.ID, Change: change, Login: u.Login, Name: u.Name, Email: u.Email, Role: u.Role, Extension: u.Extension}
}

func (u *Users) recordData(ctx context.Context, tx *eventlog.Tx, changed User, data changedData) error {
	if changed.Tenant == 0 {
		return nil
	}
	return u.appendFact(ctx, tx, changed.Tenant, "user/"+changed.ID, "user.changed", data)
}

// appendFact appends something that Tandem itself did.
func (u *Users) appendFact(ctx context.Context, tx *eventlog.Tx, tenant int64, stream, kind string, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("encode %s: %w", kind, err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	now := u.now()
	_, err = tx.Append(ctx, eventlog.Event{
		Tenant: tenant, Stream: stream, Key: kind + "/" + id.String(), Type: kind, At: now, Received: now, Timed: true, Data: text,
	})
	return err
}
