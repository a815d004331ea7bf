// Package configs holds the recipes that ship in the program. Each begins with a
// comment that says in one line what it is for.
package configs

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed quickstart.yaml chat.yaml web-english.yaml fineweb.yaml gopher.yaml c4.yaml redpajama.yaml nemo.yaml dclm.yaml dolma.yaml refinedweb.yaml madlad.yaml fineweb2.yaml llama3.yaml copy.yaml
var files embed.FS

// A Recipe is one of them.
type Recipe struct {
	Name  string `json:"name"`
	About string `json:"about"` // one line
}

// All lists the recipes by name.
func All() []Recipe {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	var all []Recipe
	for _, e := range entries {
		data, err := files.ReadFile(e.Name())
		if err != nil {
			panic(err)
		}
		first, _, _ := strings.Cut(string(data), "\n")
		all = append(all, Recipe{Name: strings.TrimSuffix(e.Name(), ".yaml"), About: strings.TrimLeft(first, "# ")})
	}
	return all
}

// Read returns a recipe's YAML.
func Read(name string) ([]byte, error) {
	data, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("there is no recipe %q; there are: %s", name, names())
	}
	return data, nil
}

func names() string {
	var all []string
	for _, r := range All() {
		all = append(all, r.Name)
	}
	return strings.Join(all, ", ")
}
