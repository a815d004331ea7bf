package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// judge is the program that scripts let the step `exec` run. What it does with a
// document is in the document's text.
func judge() {
	type object = map[string]any
	in := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var d struct {
			ID, URL, Text, Source string
			Fields                object
		}
		if err := json.Unmarshal(line, &d); err != nil {
			panic(err)
		}
		a := object{"id": d.ID, "keep": true, "signals": object{"letters": len(d.Text)}, "labels": object{"from": d.Source}}
		verb, rest, _ := strings.Cut(d.Text, " ")
		switch verb {
		case "upper":
			a["text"] = strings.ToUpper(rest)
		case "remove":
			a["keep"], a["reason"] = false, rest
		case "score":
			a["signals"] = object{"letters": d.Fields["meta.score"]}
		case "crash":
			fmt.Fprintln(os.Stderr, "about to fall\nout of luck")
			os.Exit(3)
		case "garbage":
			fmt.Println("thinking…")
		case "other":
			a["id"] = "another"
		case "mute":
			delete(a, "keep")
		case "nameless":
			delete(a, "id")
		case "unknown":
			a["signals"] = object{"weight": 1}
		case "twice":
			out.Encode(a)
		case "leave":
			out.Encode(a)
			return
		}
		if err := out.Encode(a); err != nil {
			return
		}
	}
}
