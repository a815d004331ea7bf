// Command tamis curates text corpora for training language models: it streams
// Parquet and JSONL through filters, de-duplication and quality classifiers, and
// writes curated shards with the numbers an auditor needs.
//
// One file for each verb; what they do is done in other packages.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tamis/engine"
	"tamis/plan"
	"tamis/recipe"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// The exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitOverBudget  = 3
	exitInterrupted = 130
)

// An app is one call of the command line.
type app struct {
	in       io.Reader
	out, err io.Writer
	json     bool
	quiet    bool
}

// run carries out a command line and returns its exit code. Results go to stdout,
// everything else to stderr.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	results := &results{w: stdout}
	a := &app{in: stdin, out: results, err: stderr}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(results)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = results.err
	}
	a.complain(err)
	return exitCode(err)
}

// results is standard output, and the first error of writing to it: a command whose
// results have nowhere to go has failed, whichever line it was.
type results struct {
	w   io.Writer
	err error
}

func (r *results) Write(b []byte) (int, error) {
	n, err := r.w.Write(b)
	if r.err == nil {
		r.err = err
	}
	return n, err
}

func (a *app) root() *cobra.Command {
	c := &cobra.Command{
		Use:   "tamis",
		Short: "Curate text corpora for training language models",
		Long: "tamis curates text corpora for training language models on one machine: it streams Parquet and JSONL\n" +
			"through filters, de-duplication and quality classifiers, and writes curated shards with the numbers\n" +
			"an auditor needs. A recipe, one YAML file, says what is read, what is done and what is written.\n\n" +
			"Begin with: tamis recipes, tamis check RECIPE, tamis run RECIPE.",
		Args:          unknownCommand,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.SuggestionsMinimumDistance = 2
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usage(c, err) })
	c.PersistentFlags().BoolVar(&a.json, "json", false, "results, and progress on stderr, as JSON")
	c.PersistentFlags().BoolVarP(&a.quiet, "quiet", "q", false, "no progress and no funnel; errors only")
	c.AddCommand(a.runCommand(), a.checkCommand(), a.planCommand(), a.explainCommand(), a.indexCommand(), a.reportCommand(), a.sweepCommand(), a.diffCommand(), a.verifyCommand(), a.trainCommand(), a.countCommand(), a.evalCommand(), a.predictCommand(),
		a.stepsCommand(), a.recipesCommand(), a.versionCommand())
	otherCommands(c)
	c.SetHelpTemplate(c.HelpTemplate() + exitStatus)
	return c
}

// exitStatus ends the help of every command.
const exitStatus = `
EXIT STATUS
  0    done
  1    failed
  2    bad usage or recipe
  3    the error budget was exceeded: see quarantine/ in the run directory
  130  interrupted; the same tamis run goes on
`

// A usageError is a command line that means nothing.
type usageError struct {
	err     error
	command string
}

func (u *usageError) Error() string {
	return fmt.Sprintf("%v\n  see: %s --help", u.err, u.command)
}
func (u *usageError) Unwrap() error { return u.err }

func usage(c *cobra.Command, err error) error { return &usageError{err, c.CommandPath()} }

// args makes an error of cobra's about the number of arguments one about usage.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, given []string) error {
		if check(c, given) != nil {
			return usage(c, fmt.Errorf("%s given, where the command is: %s", plan.Count(len(given), "argument"), c.UseLine()))
		}
		return nil
	}
}

// otherCommands makes help and completion, which cobra has written, refuse names that they
// do not know as this program does.
func otherCommands(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Args = func(_ *cobra.Command, given []string) error {
				found, rest, err := root.Find(given)
				if err != nil || len(rest) > 0 {
					return unknownCommand(found, rest)
				}
				return nil
			}
		case "completion":
			c.Args = unknownCommand
			c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
		}
	}
}

// unknownCommand refuses what is left of the command line when no verb was found.
func unknownCommand(c *cobra.Command, given []string) error {
	if len(given) == 0 {
		return nil
	}
	hint := ""
	if near := c.SuggestionsFor(given[0]); len(near) > 0 {
		hint = fmt.Sprintf("; did you mean %q?", near[0])
	}
	return usage(c, fmt.Errorf("there is no command %q%s", given[0], hint))
}

// complain prints an error: problems of a recipe as they are, since editors read
// their first lines, anything else with the program's name.
func (a *app) complain(err error) {
	var ps recipe.Problems
	switch {
	case err == nil:
	case errors.As(err, &ps) && a.json:
		for _, p := range ps {
			a.event(map[string]any{"event": "problem", "file": p.File, "line": p.Line, "column": p.Column, "message": p.Message, "remedy": p.Remedy})
		}
	case errors.As(err, &ps):
		fmt.Fprintln(a.err, err)
	case a.json:
		a.event(map[string]any{"event": "error", "error": message(err)})
	default:
		fmt.Fprintln(a.err, "tamis: "+message(err))
	}
}

// message is an error as a person reads it.
func message(err error) string {
	if errors.Is(err, context.Canceled) {
		return engine.ErrInterrupted.Error()
	}
	return strings.TrimSuffix(strings.TrimSpace(err.Error()), ": "+fs.ErrNotExist.Error()) // what is before it says so
}

// event writes one line of JSON to stderr.
func (a *app) event(e map[string]any) {
	enc := json.NewEncoder(a.err)
	enc.SetEscapeHTML(false)
	enc.Encode(e)
}

func exitCode(err error) int {
	var u *usageError
	var ps recipe.Problems
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &u), errors.As(err, &ps):
		return exitUsage
	case errors.Is(err, engine.ErrOverBudget):
		return exitOverBudget
	case errors.Is(err, engine.ErrInterrupted), errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitFailed
}
