// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"slices"
	"strconv"
)

// agent is a person with a phone. One call at a time.
type agent struct {
	Actor  string // login, as the events' actor has it
	Name   string
	Number string // extension
	Queues []string

	busy bool // rings, talks or writes up a call
}

// staff are the agents of the demo. Each serves every queue, so that any
// routing rule finds someone.
var staff = []agent{
	{Actor: "ana@demo.example", Name: "Ana", Number: "200", Queues: []string{"900", "901"}},
	{Actor: "bruno@demo.example", Name: "Bruno", Number: "201", Queues: []string{"900", "901"}},
	{Actor: "chi@demo.example", Name: "Chi", Number: "202", Queues: []string{"900", "901"}},
	{Actor: "dung@demo.example", Name: "Dung", Number: "203", Queues: []string{"900", "901"}},
}

// serves reports whether calls sent to destination, a queue or an extension,
// reach the agent.
func (a *agent) serves(destination string) bool {
	return a.Number == destination || slices.Contains(a.Queues, destination)
}

// isExtension tells a phone from a queue: extensions are 100 to 799.
func isExtension(destination string) bool {
	n, err := strconv.Atoi(destination)
	return err == nil && n >= 100 && n < 800
}
