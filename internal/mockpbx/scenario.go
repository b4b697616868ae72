// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"embed"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Scenario is what a PBX plays: how often people call, who answers, how long
// they talk and wait, and what goes wrong. docs/mockpbx.md describes the file.
// All of its times run on the PBX's own clock, from its start.
type Scenario struct {
	Name, About string

	arrivals arrivals
	shifts   []shift
	repeat   time.Duration // after which shifts, curve, bursts and outages begin anew; 0 is never

	patience  spread // how long a caller waits for an agent
	talk      spread
	wrap      spread // how long an agent is busy after a call
	hangUp    spread // how long a caller stays who hangs up in the queue
	hangUps   share  // callers who hang up although an agent is free
	unheard   share  // callers who hang up after a phone has rung in vain
	noAnswer  share  // calls for which a phone rings in vain and another is answered
	returning share  // callers who have called before
	withheld  share
	outbound  share // of all calls: calls of the dialer
	pabx      share // of the inbound calls: those that come on the envelope's trunk
	dialer    dialerRules
	faults    Faults

	silent bool // no calls come by themselves, and nobody tells of agents
}

// shift is a group of agents who work at the same time.
type shift struct {
	Count  int
	Queues []string
	Login  time.Duration
	Logout time.Duration // 0 is never
}

// Bounds of a scenario.
const (
	agentsMax  = 500   // 200 to 699: extensions end at 799
	perMinMax  = 6_000 // calls per minute
	burstMax   = 100_000
	gentleName = "gentle"
)

// The scenarios that are built in, beside off.
var builtIn = []string{gentleName, "quiet-office", "busy-monday", "black-friday"}

//go:embed scenarios/*.yaml
var scenarioFiles embed.FS

// gentle is what a scenario has where it says nothing.
var gentle = sync.OnceValue(func() Scenario {
	text, err := scenarioFiles.ReadFile("scenarios/gentle.yaml")
	s := Scenario{Name: gentleName, dialer: dialerRules{Numbers: testNumbers()}}
	if err == nil {
		err = s.read("scenarios/gentle.yaml", text)
	}
	if err != nil {
		panic("mockpbx: the built-in scenario does not read: " + err.Error())
	}
	return s
})

// off is gentle without what it does by itself.
func off() Scenario {
	s := gentle()
	s.Name, s.About, s.silent = CallsOff, "Silence: calls come by hand and by the dialer action only.", true
	return s
}

// ScenarioNames are the names that LoadScenario takes beside paths.
func ScenarioNames() []string { return append([]string{CallsOff}, builtIn...) }

// LoadScenario returns a built-in scenario, or the one in a file. What has a
// slash or ends in .yaml or .yml is a path. The error names each wrong line and
// what to write instead.
func LoadScenario(nameOrPath string) (Scenario, error) {
	s := gentle()
	switch {
	case nameOrPath == gentleName:
		return s, nil
	case nameOrPath == CallsOff:
		return off(), nil
	case strings.ContainsAny(nameOrPath, `/\`), strings.HasSuffix(nameOrPath, ".yaml"), strings.HasSuffix(nameOrPath, ".yml"):
		text, err := os.ReadFile(nameOrPath) //nolint:gosec // whoever starts the program names the file
		if err != nil {
			return s, fmt.Errorf("read the scenario: %w", err)
		}
		s.Name, s.About = nameOrPath, ""
		return s, s.read(nameOrPath, text)
	}
	path := "scenarios/" + nameOrPath + ".yaml"
	text, err := scenarioFiles.ReadFile(path)
	if err != nil {
		return s, fmt.Errorf("there is no scenario %q; write one of %s, or the path of a .yaml file", nameOrPath, strings.Join(ScenarioNames(), ", "))
	}
	s.Name, s.About = nameOrPath, ""
	return s, s.read(path, text)
}

// read lays what text says over s.
func (s *Scenario) read(path string, text []byte) error {
	r := &reader{path: path}
	err := r.read(text, func(root ast.Node) {
		r.keys(root, map[string]func(ast.Node){
			"name":      func(n ast.Node) { s.Name, _ = r.word(n) },
			"about":     func(n ast.Node) { s.About, _ = r.word(n) },
			"arrivals":  func(n ast.Node) { s.arrivals = r.arrivals(n) },
			"agents":    func(n ast.Node) { s.shifts = r.shifts(n) },
			"repeat":    func(n ast.Node) { s.repeat = r.period(n, time.Minute) },
			"patience":  func(n ast.Node) { s.patience = r.spread(n) },
			"talk":      func(n ast.Node) { s.talk = r.spread(n) },
			"wrap":      func(n ast.Node) { s.wrap = r.spread(n) },
			"abandon":   func(n ast.Node) { r.abandon(n, s) },
			"no_answer": func(n ast.Node) { s.noAnswer = r.share(n) },
			"returning": func(n ast.Node) { s.returning = r.share(n) },
			"withheld":  func(n ast.Node) { s.withheld = r.share(n) },
			"outbound":  func(n ast.Node) { s.outbound = r.share(n) },
			"trunks":    func(n ast.Node) { r.trunks(n, s) },
			"dialer":    func(n ast.Node) { r.dialer(n, &s.dialer) },
			"faults":    func(n ast.Node) { s.faults = r.faults(n) },
		})
		if sum := s.hangUps + s.unheard + s.noAnswer; sum > whole {
			r.fail(root, "abandon soon, abandon after_no_answer and no_answer are %v together; make them 100%% at most", sum)
		}
		if end := s.end(); s.repeat > 0 && end > s.repeat {
			r.fail(root, "something is planned at %v, but repeat begins the scenario anew at %v; make repeat longer", end, s.repeat)
		}
	})
	return err
}

// end is the last instant that the scenario names.
func (s *Scenario) end() time.Duration {
	end := s.arrivals.end()
	for _, one := range s.shifts {
		end = max(end, one.Login, one.Logout)
	}
	for _, o := range s.faults.API {
		end = max(end, time.Duration(o.At+o.For))
	}
	return end
}

func (r *reader) abandon(node ast.Node, s *Scenario) {
	r.keys(node, map[string]func(ast.Node){
		"soon":            func(n ast.Node) { s.hangUps = r.share(n) },
		"after":           func(n ast.Node) { s.hangUp = r.spread(n) },
		"after_no_answer": func(n ast.Node) { s.unheard = r.share(n) },
	})
}

func (r *reader) trunks(node ast.Node, s *Scenario) {
	vendorShare := whole - s.pabx
	r.keys(node, map[string]func(ast.Node){
		"vendor": func(n ast.Node) { vendorShare = r.share(n) },
		"pabx":   func(n ast.Node) { s.pabx = r.share(n) },
	})
	if sum := vendorShare + s.pabx; sum != whole {
		r.fail(node, "vendor and pabx are %v together; make them 100%%", sum)
	}
}

func (r *reader) shifts(node ast.Node) (list []shift) {
	total := 0
	r.list(node, func(item ast.Node) {
		one := shift{Count: 1, Queues: []string{"900", "901"}}
		r.keys(item, map[string]func(ast.Node){
			"count":  func(n ast.Node) { one.Count = r.count(n, 1, agentsMax) },
			"login":  func(n ast.Node) { one.Login = r.period(n, 0) },
			"logout": func(n ast.Node) { one.Logout = r.period(n, 0) },
			"queues": func(n ast.Node) {
				one.Queues = nil
				r.list(n, func(item ast.Node) {
					if queue, ok := r.word(item); ok {
						one.Queues = append(one.Queues, queue)
					}
				})
			},
		})
		if one.Logout != 0 && one.Logout <= one.Login {
			r.fail(item, "logout is at %v, which is not after login at %v", one.Logout, one.Login)
		}
		total += one.Count
		list = append(list, one)
	})
	if total > agentsMax {
		r.fail(node, "there are %d agents; make them %d at most", total, agentsMax)
	}
	return list
}
