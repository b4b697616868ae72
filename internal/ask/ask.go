// SPDX-License-Identifier: Apache-2.0

// Package ask holds the questions that modules may ask each other, as types.
// Whoever answers may run in this process or in another; whoever asks cannot
// tell. Everything else modules learn from the log.
package ask

import "tandem/internal/identity"

// Question is a question that one module answers: its subject on the bus, what
// is asked (Q) and what comes back (A).
type Question[Q, A any] struct{ Subject string }

// The bells that modules ring when something changed. A bell says nothing but
// its name; who hears it looks for itself.
const (
	BellEvents       = "events"       // the log has grown
	BellUsers        = "users"        // logins, keys or sessions changed
	BellConnectors   = "connectors"   // connectors changed
	BellRules        = "rules"        // routing rules or queues changed
	BellContacts     = "contacts"     // contacts or groups changed
	BellAgents       = "agents"       // what agents do, or who they are, changed
	BellIntegrations = "integrations" // endpoints, or what is delivered to them, changed by hand
)

// Credential is what a request showed, and where it came from. Exactly one of
// the four is set.
type Credential struct {
	Login    string `json:"login,omitempty"` // with Password: HTTP Basic
	Password string `json:"password,omitempty"`
	APIKey   string `json:"apiKey,omitempty"`
	Session  string `json:"session,omitempty"` // the console's cookie
	Token    string `json:"token,omitempty"`   // a softphone's, a JWT

	Origin identity.Origin `json:"origin,omitzero"`
}

// Authenticate asks the user service whose credential this is. A wrong one is
// an Unauthenticated problem.
var Authenticate = Question[Credential, identity.Principal]{"user.authenticate"}

// Caller is one call whose caller is not known yet.
type Caller struct {
	Connector int64  `json:"connector"`
	CallID    string `json:"callId"`
	Number    string `json:"number"` // as the phone system sent it
}

// MatchCallersQuestion is a batch of callers of one tenant.
type MatchCallersQuestion struct {
	Tenant  int64    `json:"tenant"`
	Region  string   `json:"region"`
	Callers []Caller `json:"callers"`
	DryRun  bool     `json:"dryRun,omitempty"` // look, but register nobody
}

// Match is what is known of a caller. New is true for exactly one call of a
// number, however many ask at once, and stays true when that call asks again.
type Match struct {
	Withheld  bool     `json:"withheld,omitempty"`
	New       bool     `json:"new"`
	MatchKey  string   `json:"matchKey,omitempty"`
	ContactID string   `json:"contactId,omitempty"`
	Name      string   `json:"name,omitempty"`
	Groups    []string `json:"groups,omitempty"` // names of the contact's groups
}

// MatchCallers asks the customer service who these callers are and registers
// the new ones. The answer has one Match per caller, in the same order.
var MatchCallers = Question[MatchCallersQuestion, []Match]{"customer.match_callers"}

// NamesQuestion asks for the names behind match keys or actors of one tenant.
type NamesQuestion struct {
	Tenant int64    `json:"tenant"`
	Keys   []string `json:"keys"`
}

// CallerName is the contact behind a match key.
type CallerName struct {
	ContactID string `json:"contactId"`
	Name      string `json:"name"`
}

// NameCallers asks the customer service for the contacts behind match keys;
// keys without a contact are absent from the answer.
var NameCallers = Question[NamesQuestion, map[string]CallerName]{"customer.name_callers"}

// Agent is the person behind an actor.
type Agent struct {
	ID        string `json:"id"`
	Login     string `json:"login"`
	Name      string `json:"name"`
	Email     string `json:"email,omitempty"`
	Extension string `json:"extension"`
}

// NameAgents asks the user service who the actors of a phone system are: by
// e-mail, else by login. Unknown actors are absent from the answer.
var NameAgents = Question[NamesQuestion, map[string]Agent]{"user.name_agents"}

// AgentQuestion names an agent by its id.
type AgentQuestion struct {
	Tenant int64  `json:"tenant"`
	ID     string `json:"id"`
}

// FindAgent asks the user service for an agent; NotFound when there is none.
var FindAgent = Question[AgentQuestion, Agent]{"user.find_agent"}

// AgentsQuestion asks what a tenant's agents do: all of them, those with the
// ids, or those that changed behind a position of the log, removed ones
// included.
type AgentsQuestion struct {
	Tenant int64    `json:"tenant"`
	IDs    []string `json:"ids,omitempty"`
	After  int64    `json:"after,omitempty"`
}

// AgentState is what an agent does now. Times are Unix milliseconds, 0 for
// unknown.
type AgentState struct {
	ID        string   `json:"id"`
	Login     string   `json:"login"`
	Name      string   `json:"name"`
	Extension string   `json:"extension"`
	Queues    []string `json:"queues"`
	State     string   `json:"state"` // busy, ringing, wrap_up, paused, free or logged_out
	Reason    string   `json:"reason,omitempty"`
	Since     int64    `json:"since,omitempty"`
	Until     int64    `json:"until,omitempty"` // when wrap-up ends by itself
	Call      int64    `json:"call,omitempty"`  // id of the call they are in, or that rings
	Next      string   `json:"next,omitempty"`  // what they will do after it, unless be free
	Position  int64    `json:"position"`        // of the newest event that changed anything
	Deleted   bool     `json:"deleted,omitempty"`
}

// AgentStates asks the presence service what agents do.
var AgentStates = Question[AgentsQuestion, []AgentState]{"presence.agent_states"}

// ConnectorQuestion names a connector.
type ConnectorQuestion struct {
	Tenant    int64 `json:"tenant"`
	Connector int64 `json:"connector"`
}

// Connector is what others need to know of a phone system that is connected.
type Connector struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	Dialect     string `json:"dialect"` // how it wants commands: "delegate" or "call.waiting"
	APIURL      string `json:"apiUrl"`  // where commands go; empty if it takes none
	APIUser     string `json:"apiUser,omitempty"`
	APIPassword string `json:"apiPassword,omitempty"`
}

// FindConnector asks ingest for a connector; NotFound when there is none.
var FindConnector = Question[ConnectorQuestion, Connector]{"ingest.find_connector"}

// ListConnectors asks ingest for a tenant's connectors, without credentials.
var ListConnectors = Question[int64, []Connector]{"ingest.list_connectors"}

// OutsideQuestion asks other systems whose a number is.
type OutsideQuestion struct {
	Tenant int64  `json:"tenant"`
	Region string `json:"region"`
	Number string `json:"number"`         // however it is written
	Wait   bool   `json:"wait,omitempty"` // for a system's answer; else only for what is known by now
}

// OutsideContact is a contact as another system knows it.
type OutsideContact struct {
	Integrator string `json:"integrator"` // id of the system
	System     string `json:"system"`     // its name
	ID         string `json:"id"`         // there
	Name       string `json:"name,omitempty"`
	Page       string `json:"page,omitempty"` // address, for people
}

// OutsideAnswer is what other systems know of a number. Known says that it is
// settled; while it is not, the systems are being asked.
type OutsideAnswer struct {
	Known    bool             `json:"known"`
	Contacts []OutsideContact `json:"contacts,omitempty"`
}

// FindOutside asks the third-party service whose a number is in the systems
// that are connected. It answers within a second, and at once unless it is to
// wait.
var FindOutside = Question[OutsideQuestion, OutsideAnswer]{"thirdparty.find_outside"}

// WishesQuestion names calls of one tenant that were to be made, by the codes
// that their phone systems repeat.
type WishesQuestion struct {
	Tenant int64    `json:"tenant"`
	Codes  []string `json:"codes"`
}

// Wish is who or what wanted a call to be made.
type Wish struct {
	By    string            `json:"by,omitempty"`    // id of the user or key; "" for a visitor of a web site
	Agent string            `json:"agent,omitempty"` // id of the agent it was for
	About map[string]string `json:"about,omitempty"` // where the wish came from
}

// FindWishes asks routing why calls were made. Codes that are none of its own
// are absent from the answer.
var FindWishes = Question[WishesQuestion, map[string]Wish]{"routing.find_wishes"}

// ListQueues asks routing for a tenant's queues: number → name.
var ListQueues = Question[int64, map[string]string]{"routing.list_queues"}

// Subjects are those of all questions, for whoever waits until each is
// answered.
func Subjects() []string {
	return []string{
		Authenticate.Subject, MatchCallers.Subject, NameCallers.Subject, NameAgents.Subject, FindAgent.Subject, AgentStates.Subject,
		FindConnector.Subject, ListConnectors.Subject, ListQueues.Subject, FindWishes.Subject, FindOutside.Subject,
	}
}
