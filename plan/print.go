package plan

import (
	"fmt"
	"io"
	"strings"

	"tamis/shards"
)

// A Summary is a plan as people and programs read it.
type Summary struct {
	Name         string          `json:"name"`
	Hash         string          `json:"hash"`
	RunDirectory string          `json:"run_directory"`
	Memory       int64           `json:"memory"`
	Forecast     Forecast        `json:"forecast"`
	Sources      []SourceSummary `json:"sources"`
	Files        int             `json:"files"`
	Bytes        int64           `json:"bytes"` // on disk; standard input counts nothing
	Stages       []StageSummary  `json:"stages"`
	Wants        []Want          `json:"wants"` // memory of single steps
	Time         *Time           `json:"time,omitempty"`
	Columns      []string        `json:"columns"`
	Programs     []Program       `json:"programs"`
	Settings     []Setting       `json:"settings"`
	Reads        []Read          `json:"reads"`
}

// A SourceSummary is one source.
type SourceSummary struct {
	Name   string        `json:"name"`
	Weight float64       `json:"weight"`
	Files  []FileSummary `json:"files"`
	Bytes  int64         `json:"bytes"`
}

// A FileSummary is one input file.
type FileSummary struct {
	Path   string `json:"path"`
	Format string `json:"format"`
	Bytes  int64  `json:"bytes"` // -1 for standard input
}

// A StageSummary names the steps of one stage.
type StageSummary struct {
	Local  []string `json:"local"`
	Global []string `json:"global"`
	Early  []string `json:"early"`
}

// A Time says how long a run will take, by a trial on the first bytes of its sources.
type Time struct {
	Seconds      float64 `json:"seconds"`
	Workers      int     `json:"workers"`
	TrialBytes   int64   `json:"trial_bytes"` // of the files, that the trial read
	TrialSeconds float64 `json:"trial_seconds"`
}

// String says it in a sentence.
func (t Time) String() string {
	return fmt.Sprintf("about %s with %s: the first %s took %.1f s", duration(t.Seconds), Count(t.Workers, "worker"), Bytes(t.TrialBytes), t.TrialSeconds)
}

// duration writes seconds as people say them, with two units at most.
func duration(seconds float64) string {
	n := int64(seconds + 0.5)
	switch {
	case n < 60:
		return fmt.Sprintf("%d s", n)
	case n < 3600:
		return fmt.Sprintf("%d min %d s", n/60, n%60)
	case n < 48*3600:
		return fmt.Sprintf("%d h %d min", n/3600, n%3600/60)
	}
	return fmt.Sprintf("%d days %d h", n/86400, n%86400/3600)
}

// Summarize says what a run of the plan will do.
func Summarize(p *Plan) Summary {
	s := Summary{Name: p.Name, Hash: p.Hash(), RunDirectory: p.Output.Dir, Memory: p.Memory, Forecast: Foresee(p), Wants: Wants(p),
		Programs: p.Programs(), Settings: p.Settings, Reads: append([]Read{}, p.Reads...), Columns: []string{}}
	for i, src := range p.Sources {
		one := SourceSummary{Name: src.Name, Weight: 1}
		if p.Weights != nil {
			one.Weight = p.Weights[i]
		}
		for _, f := range src.Files {
			one.Files = append(one.Files, FileSummary{f.Path, formatName(f), f.Size})
			one.Bytes += max(0, f.Size)
		}
		s.Files += len(one.Files)
		s.Bytes += one.Bytes
		s.Sources = append(s.Sources, one)
	}
	for _, st := range p.Stages {
		s.Stages = append(s.Stages, StageSummary{stepNames(st.Local), stepNames(st.Global), stepNames(st.Early)})
	}
	for _, c := range p.Output.Columns {
		s.Columns = append(s.Columns, c.Name)
	}
	return s
}

func stepNames(steps []*Step) []string {
	names := []string{}
	for _, s := range steps {
		names = append(names, s.Name)
	}
	return names
}

func formatName(f shards.File) string {
	if f.Format == shards.Parquet {
		return "parquet"
	}
	return "jsonl" + [...]string{shards.Plain: "", shards.Gzip: ".gz", shards.Zstd: ".zst"}[f.Compression]
}

// Print writes it for people.
func (s Summary) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "plan of %s, hash %.16s\n\nread\n", s.Name, s.Hash)
	for _, src := range s.Sources {
		weight := ""
		if src.Weight < 1 {
			weight = fmt.Sprintf(", %v of the documents", src.Weight)
		}
		fmt.Fprintf(&b, "  %s: %s, %s%s\n", src.Name, Count(len(src.Files), "file"), Bytes(src.Bytes), weight)
		for i, f := range src.Files {
			if i == 10 {
				fmt.Fprintf(&b, "    and %d more\n", len(src.Files)-i)
				break
			}
			fmt.Fprintf(&b, "    %s  %s\n", f.Path, f.Format)
		}
	}
	for i, st := range s.Stages {
		fmt.Fprintf(&b, "\nstage %d\n  scan     %s\n", i+1, list(st.Local))
		if len(st.Early) > 0 {
			fmt.Fprintf(&b, "  measure  %s\n", list(st.Early))
		}
		if len(st.Global) > 0 {
			fmt.Fprintf(&b, "  resolve  %s\n", list(st.Global))
		}
	}
	fmt.Fprintf(&b, "\nwrite\n  %s\n  columns  %s\n\nneed\n  memory   at most %d MiB\n  %s\n", s.RunDirectory, list(s.Columns), s.Memory>>20, s.Forecast)
	for _, want := range s.Wants {
		fmt.Fprintf(&b, "  %s\n", want)
	}
	if s.Time != nil {
		fmt.Fprintf(&b, "  time     %s\n", s.Time)
	}
	if len(s.Programs) > 0 {
		b.WriteString("\nrun, with --allow-exec\n")
	}
	for _, x := range s.Programs {
		fmt.Fprintf(&b, "  %s: %s\n", x.Step, strings.Join(x.Command, " "))
	}
	b.WriteString("\nsettings\n")
	for _, x := range s.Settings {
		fmt.Fprintf(&b, "  %s = %s\n", x.Key, x.Value)
	}
	for _, r := range s.Reads {
		fmt.Fprintf(&b, "  reads %s, sha256 %.16s\n", r.Path, r.Sum)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func list(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

// Count writes a number of things: 1 file, 2 files.
func Count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// Bytes writes a number of bytes with three digits.
func Bytes(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB", "PB", "EB"}
	x := float64(n)
	i := 0
	for x >= 999.5 && i < len(units)-1 {
		x, i = x/1000, i+1
	}
	return fmt.Sprintf("%.3g %s", x, units[i])
}
