// SPDX-License-Identifier: Apache-2.0

package liveview

import (
	"time"

	"tandem/internal/ask"
	"tandem/internal/httpapi"
)

// AgentState is what an agent does now, as clients see it.
type AgentState struct {
	ID        string          `json:"_id"`
	Login     string          `json:"login"`
	Name      string          `json:"name"`
	Extension string          `json:"extension" doc:"What the phone system calls their phone"`
	Queues    []string        `json:"queues" doc:"Numbers"`
	State     string          `json:"state" enum:"busy,ringing,wrap_up,paused,free,logged_out"`
	Reason    string          `json:"reason" doc:"Why they pause; empty when not said"`
	Since     *time.Time      `json:"since" doc:"Null when nothing was ever reported of them"`
	Until     *time.Time      `json:"until" doc:"When wrap-up ends by itself: they are free from then on"`
	Call      *AgentStateCall `json:"call" doc:"The call they are in, or that rings"`
	Next      string          `json:"next" enum:"paused,logged_out," doc:"What they will do after the call, unless be free"`
	Position  int64           `json:"position" doc:"Of the newest event that changed this"`
}

// AgentStateCall names a call.
type AgentStateCall struct {
	ID int64 `json:"id" doc:"Its events are at /api/v1/calls/{id}/events"`
}

// AgentStateOf returns a state as clients see it.
func AgentStateOf(s *ask.AgentState) AgentState {
	out := AgentState{
		ID: s.ID, Login: s.Login, Name: s.Name, Extension: s.Extension, Queues: s.Queues, State: s.State, Reason: s.Reason,
		Since: httpapi.Time(s.Since), Until: httpapi.Time(s.Until), Next: s.Next, Position: s.Position,
	}
	if out.Queues == nil {
		out.Queues = []string{}
	}
	if s.Call != 0 {
		out.Call = &AgentStateCall{s.Call}
	}
	return out
}
