// SPDX-License-Identifier: Apache-2.0

// Package config holds the settings of one process. The structs here are the
// only list of them: kong reads them as flags, Options adds the environment and
// the settings file below the flags, and docs/config.md is written from them.
//
// A setting has one name. The flag is --routing.deadline, the variable
// TANDEM_ROUTING_DEADLINE, and the file has deadline under routing.
package config

import (
	"net/netip"
	"path/filepath"
	"time"
)

//go:generate go run ./gen

// Common are the settings of every command that opens the data.
type Common struct {
	Config    string `name:"config" placeholder:"FILE" help:"Settings file. Without it, tandem.yaml in the working directory is read when it is there."`
	Data      string `name:"data" default:"data" placeholder:"DIR" example:"/var/lib/tandem" help:"Folder for everything Tandem keeps on this machine: database, keys, recordings."`
	Database  DSN    `name:"database" placeholder:"URL" unset:"SQLite, in tandem.db in the data folder" example:"postgres://tandem@db.example/tandem" help:"PostgreSQL to use, or the path of a SQLite file."`
	SecretKey Secret `name:"secret-key" placeholder:"KEY" unset:"secret.key in the data folder, made on the first start" example:"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff" help:"Key that stored credentials are encrypted with, 64 hexadecimal digits (openssl rand -hex 32). Of several, separated by commas, the first encrypts and all decrypt. Other accounts can see flags, so prefer the variable or the file."`
	Log       Log    `embed:"" prefix:"log."`
}

// Serve are the settings of tandem serve.
type Serve struct {
	Common

	Dev         bool     `name:"dev" example:"true" help:"Demo and development: demo tenant with public credentials, mock PBX, and an address that only this machine reaches."`
	Listen      string   `name:"listen" placeholder:"ADDRESS" unset:":8080, and 127.0.0.1:8080 with --dev" example:"10.0.0.5:8080" help:"Address for HTTP."`
	LegacyPorts bool     `name:"legacy-ports" example:"true" help:"Also listen on the ports of the systems Tandem replaces (3000 and 4000), for clients that cannot be changed."`
	PublicURL   string   `name:"public-url" placeholder:"URL" unset:"the address of the request" example:"https://calls.example" help:"Address under which PBXs and browsers reach this installation; the webhook URLs shown to people start with it."`
	Proxies     []string `name:"proxies" placeholder:"ADDRESS" unset:"none" example:"127.0.0.1,10.0.0.0/24" help:"Addresses or networks of the proxies in front. The client's address is then the one they put into X-Forwarded-For; limits for an address and the audit trail go by it."`
	NATS        string   `name:"nats" placeholder:"URL" unset:"NATS inside this process" example:"nats://a.example:4222,nats://b.example:4222" help:"NATS servers that the processes of one installation share."`
	Modules     []string `name:"modules" placeholder:"NAME" unset:"all" example:"ingest,routing" help:"Parts of the product that this process runs."`
	MockPBX     string   `name:"mockpbx" placeholder:"ADDRESS" unset:"off, and 127.0.0.1:3030 with --dev" example:"off" help:"Address of the mock PBX, or off. Needs --dev."`
	Calls       string   `name:"calls" enum:",gentle,off" default:"" placeholder:"gentle|off" unset:"gentle when the mock PBX runs" example:"off" help:"Whether the mock PBX makes calls by itself. Needs --dev."`

	SessionTTL time.Duration `name:"session-ttl" default:"12h" example:"8h" help:"How long somebody who signed in at the console stays signed in."`

	Ingest  Ingest  `embed:"" prefix:"ingest."`
	Routing Routing `embed:"" prefix:"routing."`
	Feed    Feed    `embed:"" prefix:"feed."`

	Integrations Integrations `embed:"" prefix:"integrations."`
}

// Log are the settings of what the process says.
type Log struct {
	Level   string `name:"level" enum:"debug,info,warn,error" default:"info" example:"debug" help:"Least important messages to write."`
	Format  string `name:"format" enum:",json,text" default:"" placeholder:"json|text" unset:"json, and text with --dev" example:"text" help:"Form of the messages on standard error."`
	File    string `name:"file" placeholder:"FILE" unset:"none" example:"/var/log/tandem/access.log" help:"Also write one line per request to this file; a new one begins every day."`
	Numbers string `name:"numbers" enum:"mask,full" default:"mask" example:"full" help:"How phone numbers appear in messages."`
}

// Ingest are the settings of what phone systems send.
type Ingest struct {
	BodyMax      Size          `name:"body-max" default:"1MiB" example:"256KiB" help:"Largest webhook request; a larger one is answered 413."`
	InboxMaxRows int           `name:"inbox-max-rows" default:"100000" example:"20000" help:"Requests the inbox keeps; the oldest go first, and are counted."`
	InboxMaxSize Size          `name:"inbox-max-bytes" default:"256MiB" example:"1GiB" help:"Bytes the inbox keeps."`
	InboxMaxAge  time.Duration `name:"inbox-max-age" default:"30d" example:"7d" help:"How long the inbox keeps a request."`
}

// Routing are the settings of decisions and of the commands to PBXs.
type Routing struct {
	Deadline       time.Duration `name:"deadline" default:"10s" example:"8s" help:"How long after a call began to wait a command to its PBX is still worth sending."`
	AttemptTimeout time.Duration `name:"attempt-timeout" default:"2s" example:"1500ms" help:"How long one attempt to reach a PBX may take."`
	Workers        int           `name:"workers" default:"32" example:"64" help:"Commands that may be on their way to PBXs at once."`
}

// Feed are the settings of the live view.
type Feed struct {
	MaxClients int           `name:"max-clients" default:"10000" example:"2000" help:"Browsers and programs that may follow the live view at once."`
	Coalesce   time.Duration `name:"coalesce" default:"50ms" example:"20ms" help:"How long changes are gathered before they are sent together."`
}

// Integrations are the settings of what is sent to other systems.
type Integrations struct {
	AllowPrivate bool `name:"allow-private" example:"true" help:"Let integrations reach this machine and private networks, which administrators of call centres could else look around in. On with --dev."`
}

// DSN is where the database is, ready for db.Open.
func (c Common) DSN() string {
	if c.Database != "" {
		return string(c.Database)
	}
	return filepath.Join(c.Data, "tandem.db")
}

// ProxyNetworks returns the proxies in front; a single address is the network of
// it alone.
func (s *Serve) ProxyNetworks() []netip.Prefix {
	networks := make([]netip.Prefix, 0, len(s.Proxies))
	for _, text := range s.Proxies {
		if network, err := networkOf(text); err == nil { // others were refused
			networks = append(networks, network)
		}
	}
	return networks
}

func networkOf(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		address = address.Unmap()
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	network, err := netip.ParsePrefix(text)
	return network.Masked(), err
}

// Off is the value that turns a part with an address off.
const Off = "off"
