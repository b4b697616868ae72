// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"sync"
	"time"

	"tandem/internal/ask"
	"tandem/internal/bus"
)

// connectorTime is how long an answer about a connector is good for when the
// bell that says it changed was not heard.
const connectorTime = 5 * time.Second

// connectors finds where commands go, from memory when it can.
type connectors struct {
	bus *bus.Bus

	mu    sync.Mutex
	known map[ask.ConnectorQuestion]knownConnector
	era   int // counts the times that everything was forgotten
}

type knownConnector struct {
	connector ask.Connector
	until     time.Time
}

func newConnectors(b *bus.Bus) *connectors {
	return &connectors{bus: b, known: map[ask.ConnectorQuestion]knownConnector{}}
}

// follow forgets what it knows whenever connectors change, until ctx ends.
func (c *connectors) follow(ctx context.Context) error {
	rings, stop, err := c.bus.Listen(ask.BellConnectors)
	if err != nil {
		return err
	}
	defer stop()
	for {
		c.forget()
		select {
		case <-ctx.Done():
			return nil
		case <-rings:
		}
	}
}

func (c *connectors) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.known)
	c.era++
}

// find returns a connector; NotFound when there is none.
func (c *connectors) find(ctx context.Context, tenant, connector int64) (ask.Connector, error) {
	q := ask.ConnectorQuestion{Tenant: tenant, Connector: connector}
	c.mu.Lock()
	known, era := c.known[q], c.era
	c.mu.Unlock()
	if time.Now().Before(known.until) {
		return known.connector, nil
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	answer, err := bus.Ask(ctx, c.bus, ask.FindConnector, q)
	if err != nil {
		return ask.Connector{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.era == era { // else the answer may be from before the change
		c.known[q] = knownConnector{connector: answer, until: time.Now().Add(connectorTime)}
	}
	return answer, nil
}
