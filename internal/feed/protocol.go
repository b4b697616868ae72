// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"

	"tandem/internal/live/liveview"
)

// The names of the frames that the server sends.
const (
	eventWelcome        = "Welcome"
	eventListCalls      = "ListCalls"
	eventListCallEvents = "ListCallEvents"
	eventDataChanged    = "DataChanged"
	eventInvalidMessage = "InvalidMessage"
	eventInvalidEvent   = "InvalidEvent"
	eventSubscribed     = "Subscribed"
	eventChanges        = "Changes"
	eventSnapshot       = "Snapshot"
	eventAgents         = "Agents"
	eventPop            = "Pop"
	eventReminder       = "Reminder"
)

// The commands of clients that are not among the names above.
const (
	commandSubscribe    = "subscribe"
	commandResume       = "resume"
	commandFollowAgents = "followAgents"
)

// Why the server closes a socket: the first three are RFC 6455 §7.4.1's, the
// others from its private range. The library adds 1000, 1007 and 1009.
const (
	closeGoingAway     = 1001
	closeProtocol      = 1002
	closeInternal      = 1011
	closeSlow          = 4000
	closeSessionEnded  = 4001
	closeTooManyFrames = 4008
)

// message is a frame of the server. Its form is older than Tandem.
type message struct {
	Data      any    `json:"data"`
	Event     string `json:"event"`
	Status    string `json:"status"`
	Truncated bool   `json:"truncated,omitempty"`
}

func ok(event string, data any) message { return message{Data: data, Event: event, Status: "Ok"} }

// refusal is the data of a frame that says no.
type refusal struct {
	Success bool   `json:"success"` // always false
	Error   string `json:"error"`
}

func failed(event, reason string) message {
	return message{Data: refusal{Error: reason}, Event: event, Status: "Failed"}
}

var (
	invalidMessage = failed(eventInvalidMessage, "invalid body")
	invalidEvent   = failed(eventInvalidEvent, "no suitable eventHandler for this event")
)

// bytes returns the message as a WebSocket text frame.
func (m message) bytes() ([]byte, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("write frame %s: %w", m.Event, err)
	}
	return textFrame(text), nil
}

// update is the data of Subscribed, Snapshot and Changes.
type update struct {
	Position  int64            `json:"position"`
	Result    string           `json:"result,omitempty"` // Subscribed only: snapshot, up_to_date or replayed
	Replayed  *int             `json:"replayed,omitempty"`
	Calls     []liveview.Card  `json:"calls"`
	Counts    *liveview.Counts `json:"counts"`
	Truncated *bool            `json:"truncated,omitempty"`
}

// How a subscription begins.
const (
	resultSnapshot = "snapshot"
	resultUpToDate = "up_to_date"
	resultReplayed = "replayed"
)

// frame is one message to any number of clients, written out once for each
// kind of connection.
type frame struct {
	position  int64
	round     int64 // of the room's changes; 0 for an opening
	again     bool  // tells what changed without an event
	webSocket func() []byte
	sse       func() []byte
}

// newFrame returns the frame of an update.
func newFrame(event string, u update) (*frame, error) {
	data, err := json.Marshal(u)
	if err != nil {
		return nil, fmt.Errorf("write frame %s: %w", event, err)
	}
	return frameOf(event, u.Position, data), nil
}

// frameOf returns the frame of an update's JSON.
func frameOf(event string, position int64, data []byte) *frame {
	return &frame{
		position: position,
		webSocket: sync.OnceValue(func() []byte {
			text := make([]byte, 0, len(data)+64)
			text = append(text, `{"data":`...)
			text = append(text, data...)
			text = append(text, `,"event":"`...)
			text = append(text, event...)
			text = append(text, `","status":"Ok"}`...)
			return textFrame(text)
		}),
		sse: sync.OnceValue(func() []byte {
			text := make([]byte, 0, len(data)+64)
			text = append(text, "event: "...)
			text = append(text, event...)
			text = append(text, "\nid: "...)
			text = strconv.AppendInt(text, position, 10)
			text = append(text, "\ndata: "...) // JSON from encoding/json holds no line breaks
			text = append(text, data...)
			return append(text, "\n\n"...)
		}),
	}
}

// RFC 6455 §5.2: the first byte of a final frame of each kind.
const (
	finalText  = 0x81
	finalClose = 0x88
	finalPing  = 0x89
	finalPong  = 0x8a
)

// textFrame returns payload as one unmasked text frame (RFC 6455 §5.2).
func textFrame(payload []byte) []byte {
	frame := make([]byte, 0, len(payload)+10)
	switch n := len(payload); {
	case n <= 125:
		frame = append(frame, finalText, byte(n))
	case n <= 0xffff:
		frame = append(frame, finalText, 126)
		frame = binary.BigEndian.AppendUint16(frame, uint16(n))
	default:
		frame = append(frame, finalText, 127)
		frame = binary.BigEndian.AppendUint64(frame, uint64(n))
	}
	return append(frame, payload...)
}

// controlFrame returns a control frame; its payload is at most 125 bytes.
func controlFrame(kind byte, payload []byte) []byte {
	return append([]byte{kind, byte(len(payload))}, payload...)
}

func closeFrame(code uint16, reason string) []byte {
	return controlFrame(finalClose, append(binary.BigEndian.AppendUint16(nil, code), reason...))
}

var (
	pingFrame  = controlFrame(finalPing, nil)
	sseComment = []byte(": ping\n\n")
)

// command is a frame of a client.
type command struct {
	event string
	data  json.RawMessage
}

// parseCommand reads a client's frame. If it is not usable it returns the
// answer to it.
func parseCommand(text []byte) (command, *message) {
	var members map[string]json.RawMessage // a struct would take "DATA" for "data"
	if err := json.Unmarshal(text, &members); err != nil || empty(members["event"]) || empty(members["data"]) {
		return command{}, &invalidMessage
	}
	var name string
	if json.Unmarshal(members["event"], &name) != nil {
		return command{}, &invalidEvent
	}
	return command{name, members["data"]}, nil
}

// empty reports whether a member is absent or says nothing: what the program
// that this protocol comes from takes for absent.
func empty(value json.RawMessage) bool {
	switch string(value) {
	case "", "null", "false", "0", `""`:
		return true
	}
	return false
}
