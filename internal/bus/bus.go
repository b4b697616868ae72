// SPDX-License-Identifier: Apache-2.0

// Package bus carries questions and doorbells between modules: inside this
// process when they share it, over a NATS cluster when they do not. Callers
// cannot tell which.
//
// Nothing that matters is only on the bus. A bell that is lost costs its
// listeners a second, until they look by themselves.
package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"tandem/internal/ask"
	"tandem/internal/problem"
)

const (
	startTimeout  = 5 * time.Second
	answersAtOnce = 64 // questions of one subject that are worked on together
	headerCode    = "Problem-Code"
	headerKind    = "Problem-Kind"
	headerRetry   = "Problem-Retry" // milliseconds
)

// Bus is a connection to the other modules.
type Bus struct {
	conn     *nats.Conn
	embedded *server.Server // nil when connected to a cluster
	logger   *slog.Logger
}

// Open connects to the cluster at url, or starts a private server that listens
// on no port if url is "".
func Open(url string, logger *slog.Logger) (*Bus, error) {
	if url != "" {
		conn, err := nats.Connect(url, nats.Name("tandem"), nats.MaxReconnects(-1))
		if err != nil {
			return nil, fmt.Errorf("connect to bus: %w", err)
		}
		return &Bus{conn: conn, logger: logger}, nil
	}
	embedded, err := server.NewServer(&server.Options{DontListen: true, NoSigs: true, NoLog: true})
	if err != nil {
		return nil, fmt.Errorf("start embedded bus: %w", err)
	}
	embedded.Start()
	if !embedded.ReadyForConnections(startTimeout) {
		return nil, errors.New("embedded bus did not start")
	}
	conn, err := nats.Connect("", nats.InProcessServer(embedded), nats.MaxReconnects(-1))
	if err != nil {
		return nil, fmt.Errorf("connect to embedded bus: %w", err)
	}
	return &Bus{conn: conn, embedded: embedded, logger: logger}, nil
}

// Close disconnects.
func (b *Bus) Close() {
	b.conn.Close()
	if b.embedded != nil {
		b.embedded.Shutdown()
		b.embedded.WaitForShutdown()
	}
}

// Up reports whether the bus is reachable now.
func (b *Bus) Up() bool { return b.conn.IsConnected() }

// Ring rings a bell for everyone who listens, in any process.
func (b *Bus) Ring(bell string) {
	// Publishing fails only when the bus is closed or its buffer is full; the
	// listeners' own clocks cover both.
	_ = b.conn.Publish("bell."+bell, nil)
}

// Listen returns a channel that holds at most one ring: however often the bell
// rang since the listener last looked, it looks once. stop ends it.
func (b *Bus) Listen(bell string) (rings <-chan struct{}, stop func(), err error) {
	channel := make(chan struct{}, 1)
	subscription, err := b.conn.Subscribe("bell."+bell, func(*nats.Msg) {
		select {
		case channel <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return nil, nil, fmt.Errorf("listen to %s: %w", bell, err)
	}
	return channel, func() { _ = subscription.Unsubscribe() }, nil
}

// Ask sends a question to whichever module answers it and waits for the
// answer, at most until ctx ends. With nobody there it is Unavailable.
func Ask[Q, A any](ctx context.Context, b *Bus, question ask.Question[Q, A], q Q) (A, error) {
	var answer A
	data, err := json.Marshal(q)
	if err != nil {
		return answer, fmt.Errorf("encode question %s: %w", question.Subject, err)
	}
	reply, err := b.conn.RequestWithContext(ctx, "ask."+question.Subject, data)
	if errors.Is(err, nats.ErrNoResponders) {
		return answer, problem.New(problem.Unavailable, "bus.nobody_there", "A part of Tandem that is needed here is not running.")
	}
	if err != nil {
		return answer, fmt.Errorf("ask %s: %w", question.Subject, err)
	}
	if code := reply.Header.Get(headerCode); code != "" {
		kind, err := strconv.Atoi(reply.Header.Get(headerKind))
		if err != nil {
			return answer, fmt.Errorf("ask %s: unreadable problem kind: %w", question.Subject, err)
		}
		retry, _ := strconv.ParseInt(reply.Header.Get(headerRetry), 10, 64) // 0 when there is none
		return answer, &problem.Error{
			Kind: problem.Kind(kind), Code: code, Detail: string(reply.Data), Retry: time.Duration(retry) * time.Millisecond,
		}
	}
	if err := json.Unmarshal(reply.Data, &answer); err != nil {
		return answer, fmt.Errorf("decode answer to %s: %w", question.Subject, err)
	}
	return answer, nil
}

// Answered reports whether anybody answers the questions of a subject now.
func (b *Bus) Answered(ctx context.Context, subject string) bool {
	limited, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	_, err := b.conn.RequestWithContext(limited, "ask."+subject, nil)
	return err == nil
}

// Answer answers a question, many at a time, until ctx ends. When several
// processes answer the same question, each is asked by turns.
func Answer[Q, A any](ctx context.Context, b *Bus, question ask.Question[Q, A], answer func(context.Context, Q) (A, error)) error {
	slots := make(chan struct{}, answersAtOnce)
	subscription, err := b.conn.QueueSubscribe("ask."+question.Subject, "tandem", func(message *nats.Msg) {
		if len(message.Data) == 0 { // is anybody there? every question has an encoding
			b.reply(message, outcome{})
			return
		}
		slots <- struct{}{}
		go func() {
			defer func() { <-slots }()
			b.reply(message, answerOne(ctx, message.Data, answer))
		}()
	})
	if err != nil {
		return fmt.Errorf("answer %s: %w", question.Subject, err)
	}
	context.AfterFunc(ctx, func() { _ = subscription.Unsubscribe() })
	return b.conn.FlushTimeout(startTimeout) // from here on, asking reaches us
}

type outcome struct {
	data []byte
	err  error
}

func answerOne[Q, A any](ctx context.Context, data []byte, answer func(context.Context, Q) (A, error)) outcome {
	var q Q
	if err := json.Unmarshal(data, &q); err != nil {
		return outcome{err: fmt.Errorf("decode question: %w", err)}
	}
	a, err := answer(ctx, q)
	if err != nil {
		return outcome{err: err}
	}
	reply, err := json.Marshal(a)
	return outcome{reply, err}
}

func (b *Bus) reply(message *nats.Msg, o outcome) {
	reply := nats.NewMsg(message.Reply)
	reply.Data = o.data
	if o.err != nil {
		p := problem.Of(o.err)
		if p.Kind == problem.Internal {
			b.logger.Error("question failed", "subject", message.Subject, "error", o.err)
		}
		reply.Header.Set(headerCode, p.Code)
		reply.Header.Set(headerKind, strconv.Itoa(int(p.Kind)))
		if p.Retry > 0 {
			reply.Header.Set(headerRetry, strconv.FormatInt(p.Retry.Milliseconds(), 10))
		}
		reply.Data = []byte(p.Detail)
	}
	if err := message.RespondMsg(reply); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
		b.logger.Warn("answer not delivered", "subject", message.Subject, "error", err)
	}
}
