// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/lxzan/gws"
	"golang.org/x/time/rate"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

const (
	frameBytesMax   = 1 << 20 // of a client; larger ones close with 1009
	framesPerSecond = 100     // of a client
	framesAtOnce    = 100
	pingSeconds     = 30
	idleTime        = 75 * time.Second // without any sign of life
	sessionKey      = "client"
	cookieName      = "tandem_session"
)

// upgrader turns HTTP connections into WebSockets.
type upgrader struct{ *gws.Upgrader }

func newUpgrader() upgrader {
	return upgrader{gws.NewUpgrader(events{}, &gws.ServerOption{
		ReadMaxPayloadSize: frameBytesMax,
		CheckUtf8Enabled:   true, // RFC 6455 §8.1: text that is not UTF-8 fails the connection
		Logger:             silent{},
	})}
}

// silent is where gws may log: what it has to say is a client's fault.
type silent struct{}

func (silent) Error(...any) {}

// socket is a client's WebSocket.
type socket struct {
	client *client
	handle func(text []byte)
	rate   *rate.Limiter

	handling bool // the frame that is being read was whole
}

// serveWebSocket makes the request a client's socket, at whatever path it came.
func (f *Feed) serveWebSocket(w http.ResponseWriter, r *http.Request) {
	tenant, err := identity.TenantOf(r.Context())
	if err == nil {
		err = f.mayConnect(r)
	}
	if err != nil {
		httpapi.WriteProblem(w, err)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		f.dismiss()
		httpapi.WriteProblem(w, fmt.Errorf("take over connection: %w", err))
		return
	}
	c := f.newClient(r, tenant, conn)
	c.ping, c.seconds, c.notified = pingFrame, pingSeconds, true
	c.render = func(fr *frame) []byte { return fr.webSocket() }
	c.goodbye = func(code uint16, reason string) { c.out.finish(closeFrame(code, reason)) }
	upgraded, err := f.upgrader.UpgradeFromConn(pipe{conn, c.out}, readerOf(conn, buffered.Reader), r)
	if err != nil { // gws has answered, and closed the connection
		f.dismiss()
		return
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	s := &socket{
		client: c, rate: rate.NewLimiter(framesPerSecond, framesAtOnce),
		handle: func(text []byte) { f.answer(ctx, c, text) },
	}
	upgraded.Session().Store(sessionKey, s)
	c.out.send(welcome)
	f.enter(c)
	// Not where the frames are read: there the stack that this takes would stay
	// for as long as the client does.
	func() {
		defer f.survive(s)
		f.look(ctx, c)
	}()
	go func() {
		defer f.dismiss()
		defer cancel()
		defer f.leave(c)
		defer f.survive(s)
		upgraded.ReadLoop()
	}()
}

// readBytes is how much is read from a client at a time: few of them say more
// than a few words. A frame that is larger is not read through the buffer.
const readBytes = 512

// readerOf returns what to read a client's frames from. What net/http made for
// requests is several times the memory of everything else about a client; with
// it go its request and its answer.
func readerOf(conn net.Conn, requests *bufio.Reader) *bufio.Reader {
	early, _ := requests.Peek(requests.Buffered()) // they are there
	if len(early) == 0 {
		return bufio.NewReaderSize(conn, readBytes)
	}
	return bufio.NewReaderSize(io.MultiReader(bytes.NewReader(bytes.Clone(early)), conn), readBytes)
}

// survive keeps one client's frame from ending the program. A panic within gws
// is the client's fault: the library (1.8.9) does not expect the length of a
// frame to be above 2^63.
func (f *Feed) survive(s *socket) {
	fault := recover()
	switch {
	case fault == nil:
	case s.handling:
		f.logger.Error("command panicked", "tenant", s.client.room.tenant.Slug, "fault", fault, "stack", string(debug.Stack()))
		s.client.close(closeInternal, "something went wrong on our side")
	default:
		s.client.close(closeProtocol, "unreadable frame")
	}
}

// mayConnect refuses what is no WebSocket, what comes from a foreign page, and
// what is too much.
func (f *Feed) mayConnect(r *http.Request) error {
	switch {
	case !isUpgrade(r):
		return problem.New(problem.Malformed, "feed.no_websocket", "This address speaks WebSocket only.")
	case !sameOrigin(r):
		return problem.New(problem.Denied, "feed.cross_origin", "A page of another site may not connect with this browser's session.")
	default:
		return f.admit()
	}
}

func isUpgrade(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// sameOrigin reports whether a browser's page may use the credential that its
// browser sends along by itself: browsers let every page open a WebSocket
// anywhere, with cookies. A credential in a header was put there on purpose.
// Without any, in the demo, pages on this machine may connect.
func sameOrigin(r *http.Request) bool {
	if r.Header.Get("Authorization") != "" || r.Header.Get("X-API-Key") != "" {
		return true
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	}
	text := r.Header.Get("Origin")
	if text == "" {
		return r.Header.Get("Sec-Fetch-Site") == "" // no browser
	}
	origin, err := url.Parse(text)
	if err != nil || origin.Host == "" {
		return false
	}
	if strings.EqualFold(origin.Host, r.Host) {
		return true
	}
	_, err = r.Cookie(cookieName)
	return err != nil && isLoopback(origin.Hostname())
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// credentialOf returns as much of a request as says who asks.
func credentialOf(r *http.Request) *http.Request {
	small := &http.Request{Method: r.Method, URL: &url.URL{Path: r.URL.Path}, Host: r.Host, RemoteAddr: r.RemoteAddr, Header: http.Header{}}
	for _, name := range []string{"Authorization", "X-Api-Key", "Cookie", "Tenant-Uuid"} {
		if values := r.Header.Values(name); len(values) > 0 {
			small.Header[name] = values
		}
	}
	return small
}

// pipe is the connection as gws sees it. What gws writes goes the way of
// everything else, so that frames never mix and nothing waits for the network.
type pipe struct {
	net.Conn

	out *outbox
}

// Write implements [net.Conn].
func (p pipe) Write(b []byte) (int, error) {
	p.out.sendPatiently(bytes.Clone(b)) // gws uses its buffers again
	return len(b), nil
}

// Close implements [net.Conn].
func (p pipe) Close() error {
	p.out.finish(nil)
	return nil
}

// SetDeadline implements [net.Conn]; when to write by is the outbox's matter.
func (p pipe) SetDeadline(t time.Time) error { return p.SetReadDeadline(t) }

// SetWriteDeadline implements [net.Conn].
func (p pipe) SetWriteDeadline(time.Time) error { return nil }

// events is what gws calls; it keeps no state of its own.
type events struct{ gws.BuiltinEventHandler }

func of(conn *gws.Conn) *socket {
	value, _ := conn.Session().Load(sessionKey)
	s, _ := value.(*socket)
	return s
}

// alive takes note of a sign of life. It reports whether there are not too many.
func (s *socket) alive(conn *gws.Conn) bool {
	if s.client.closing.Load() {
		return false
	}
	_ = conn.SetReadDeadline(time.Now().Add(idleTime))
	if s.rate.Allow() {
		return true
	}
	s.client.close(closeTooManyFrames, "too many frames")
	return false
}

// OnOpen implements [gws.Event].
func (events) OnOpen(conn *gws.Conn) { of(conn).alive(conn) }

// OnPing implements [gws.Event].
func (events) OnPing(conn *gws.Conn, payload []byte) {
	if s := of(conn); s.alive(conn) {
		s.client.out.send(controlFrame(finalPong, payload))
	}
}

// OnPong implements [gws.Event].
func (events) OnPong(conn *gws.Conn, _ []byte) { of(conn).alive(conn) }

// OnMessage implements [gws.Event].
func (events) OnMessage(conn *gws.Conn, message *gws.Message) {
	defer func() { _ = message.Close() }() // gives the buffer back; never fails
	if s := of(conn); s.alive(conn) {
		s.handling = true
		s.handle(message.Bytes())
		s.handling = false
	}
}
