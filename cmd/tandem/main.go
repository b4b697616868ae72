// SPDX-License-Identifier: Apache-2.0

// Command tandem joins phone systems to CRMs. Everything it can do is a
// subcommand, one file each.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // time zones, on machines that have no list of them

	"github.com/alecthomas/kong"

	"tandem/internal/config"
	"tandem/internal/problem"
)

// version is stamped in by the build.
var version = "unknown"

// The exit codes, as the help tells them.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 2
	exitFinding = 3
)

const description = `Tandem joins phone systems to CRMs: it listens to PBXs, remembers every event, decides where a waiting call goes, and shows it all live.

    Try it      tandem serve --dev
    Run it      tandem serve

Flags beat TANDEM_* variables, which beat tandem.yaml; docs/config.md lists them.

The exit code is 0 when all is done, 1 when it failed, 2 when the command or a setting is wrong, and 3 when it is done and something was found wrong: doctor, restore, replay --dry-run, connector test, inbox reprocess.`

type cli struct {
	Serve     serveCommand     `cmd:"" help:"Run Tandem."`
	Mockpbx   mockpbxCommand   `cmd:"" name:"mockpbx" help:"Run the mock PBX alone, against any Tandem."`
	Replay    replayCommand    `cmd:"" help:"Compute a projection anew from the log, show what differs, and put it right."`
	Inbox     inboxCommand     `cmd:"" help:"Look at what phone systems sent and could not be understood."`
	Tenant    tenantCommand    `cmd:"" help:"Create, list, set, suspend, export and erase call centres."`
	Operator  operatorCommand  `cmd:"" help:"Create the people who run this installation."`
	Connector connectorCommand `cmd:"" help:"Connect phone systems to a call centre."`
	Secrets   secretsCommand   `cmd:"" help:"Change the key that stored credentials are encrypted with."`
	Backup    backupCommand    `cmd:"" help:"Copy everything into one file, while Tandem runs."`
	Restore   restoreCommand   `cmd:"" help:"Bring a backup back into an empty database."`
	Doctor    doctorCommand    `cmd:"" help:"Look over an installation: schema, log, calls, readers, disk."`
	Load      loadCommand      `cmd:"" help:"Drive a Tandem on this machine as hard as it goes, and look for what was acknowledged."`
	Version   versionCommand   `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// terminal is where a command writes: answers to out, everything else to err.
type terminal struct{ out, err io.Writer }

func (t terminal) printf(format string, args ...any) { fmt.Fprintf(t.out, format, args...) }

// run is main without the process around it, so that tests can call it.
func run(ctx context.Context, args []string, getenv func(string) string, out, errOut io.Writer) int {
	var c cli
	exited := -1
	options := append(config.Options(getenv),
		kong.Name("tandem"), kong.Description(description), kong.Writers(out, errOut),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Exit(func(code int) { exited = code }),
	)
	parser, err := kong.New(&c, options...)
	if err != nil {
		fmt.Fprintln(errOut, "tandem:", err)
		return exitUsage
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if exited >= 0 { // help was asked for and given
		return exited
	}
	if err != nil {
		fmt.Fprintln(errOut, "tandem:", err)
		fmt.Fprintln(errOut, hint(err))
		return exitUsage
	}
	command.BindTo(ctx, (*context.Context)(nil))
	return codeOf(command.Run(terminal{out, errOut}), errOut)
}

// hint says where help is, in the words of the command that was meant.
func hint(err error) string {
	var parse *kong.ParseError
	name := "tandem"
	if errors.As(err, &parse) && parse.Context.Command() != "" {
		for _, word := range strings.Fields(parse.Context.Command()) {
			if strings.HasPrefix(word, "<") { // an argument
				break
			}
			name += " " + word
		}
	}
	return "Run " + name + " --help to see what it takes."
}

// errFinding says that a command did its work and found something wrong.
var errFinding = errors.New("something is wrong")

func codeOf(err error, errOut io.Writer) int {
	var known *problem.Error
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFinding):
		return exitFinding
	case errors.As(err, &known):
		fmt.Fprintln(errOut, "tandem:", known.Detail)
		for _, f := range known.Fields {
			fmt.Fprintf(errOut, "  %s %s\n", f.Name, f.Detail)
		}
		if known.Kind == problem.Invalid || known.Kind == problem.Malformed {
			return exitUsage
		}
	default:
		fmt.Fprintln(errOut, "tandem:", err)
	}
	return exitFailed
}

// quiet returns a logger for commands whose answer is on standard output: only
// what went wrong is said.
func quiet(errOut io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(errOut, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

type versionCommand struct{}

func (versionCommand) Run(t terminal) error {
	t.printf("tandem %s\n", version)
	return nil
}
