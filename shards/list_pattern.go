package shards

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// pattern adds what a pattern matches.
func (l *lister) pattern(pattern string) error {
	parts := strings.Split(filepath.ToSlash(pattern), "/")
	for _, part := range parts {
		if _, err := path.Match(part, ""); err != nil {
			return fmt.Errorf("no pattern: %q has a bracket or an escape without its end", part)
		}
	}
	root := "."
	if parts[0] == "" {
		root, parts = "/", parts[1:]
	}
	matches := expand(root, parts, map[string]bool{})
	if len(matches) == 0 {
		return fmt.Errorf("the pattern matches nothing; relative patterns begin at the current folder")
	}
	before := len(l.files)
	for _, m := range matches {
		if err := l.entry(m, nil); err != nil {
			return err
		}
	}
	if len(l.files) == before {
		return fmt.Errorf("the pattern matches %s and %d more, but no data file: known endings are %s", matches[0], len(matches)-1, knownEndings)
	}
	return nil
}

// expand returns what parts match below root, in the order of names. What was visited
// before with as many parts left is not expanded again.
func expand(root string, parts []string, visited map[string]bool) (matches []string) {
	key := fmt.Sprint(len(parts), root)
	if visited[key] {
		return nil
	}
	visited[key] = true
	if len(parts) == 0 {
		return []string{root}
	}
	part, rest := parts[0], parts[1:]
	switch {
	case part == "**":
		matches = expand(root, rest, visited)
		for _, name := range names(root, "*") {
			below := filepath.Join(root, name)
			if info, err := os.Lstat(below); err == nil && info.IsDir() {
				matches = append(matches, expand(below, parts, visited)...)
			}
		}
	case part == "" || part == "." || part == "..":
		matches = expand(filepath.Join(root, part), rest, visited)
	default:
		for _, name := range names(root, part) {
			matches = append(matches, expand(filepath.Join(root, name), rest, visited)...)
		}
	}
	return matches
}

// names returns the names in a folder that match one part of a pattern.
func names(dir, part string) (out []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // no folder, or one that is not ours: nothing matches there
	}
	for _, e := range entries {
		hidden := strings.HasPrefix(e.Name(), ".") && !strings.HasPrefix(part, ".")
		if ok, _ := path.Match(part, e.Name()); ok && !hidden {
			out = append(out, e.Name())
		}
	}
	return out
}
