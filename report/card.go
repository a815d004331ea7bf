package report

import (
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"tamis/shards"
)

// CardFile and CroissantFile are the names of the dataset card, as Hugging Face reads it,
// and of the description as the Croissant format of MLCommons has it.
const (
	CardFile      = "README.md"
	CroissantFile = "croissant.json"
)

// WriteCard writes the dataset card: what load_dataset must know, and what the run did.
func (r *Report) WriteCard(w io.Writer, list []shards.Shard) error {
	var b strings.Builder
	r.frontMatter(&b, list)
	t := r.Total()
	fmt.Fprintf(&b, "# %s\n\n%s, %s of text in %s, curated with tamis %s: %s of %s read stayed.\n",
		plain(r.title()), Plural(t.Kept, "document"), size(t.BytesKept), Plural(int64(r.Output.Shards), "shard"), plain(r.Version), percent(t.Kept, t.Read), Plural(t.Read, "document"))
	fmt.Fprintf(&b, "\n%s\n", r.licensed())
	if found := r.languages(); len(found) > 0 {
		fmt.Fprintf(&b, "\nLanguages seen in the documents sampled for the report: %s.\n", strings.Join(found, ", "))
	}
	b.WriteString("\n## Sources\n\n| source | read | kept | removed | could not be read | words kept |\n|---|---:|---:|---:|---:|---:|\n")
	for _, s := range r.Sources {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", plain(s.Name), whole(s.Read), whole(s.Kept), whole(s.Removed), whole(s.Quarantined), whole(s.WordsKept))
	}
	if len(r.Steps) > 0 {
		b.WriteString("\n## Steps\n\n| step | in | removed | edited |\n|---|---:|---:|---:|\n")
		for _, s := range r.Steps {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", plain(s.Name), whole(s.In), whole(s.Removed), whole(s.Edited))
		}
	}
	for i, text := range r.Warnings {
		if i == 0 {
			b.WriteString("\n## Warnings\n\n")
		}
		fmt.Fprintf(&b, "- %s\n", plain(text))
	}
	fmt.Fprintf(&b, "\n## Files\n\n`%s` has every number, `%s` shows them; `%s` lists the shards with their SHA-256. The plan has the hash `%s`.\n",
		StatsFile, PageFile, shards.ManifestFile, r.PlanHash)
	_, err := io.WriteString(w, b.String())
	return err
}

// frontMatter writes the YAML that begins the card. A quoted string of JSON is one of YAML.
func (r *Report) frontMatter(b *strings.Builder, list []shards.Shard) {
	fmt.Fprintf(b, "---\npretty_name: %s\nsize_categories:\n- %s\n", quoted(r.title()), sizeCategory(r.Output.Rows))
	if found := r.languages(); len(found) > 0 {
		b.WriteString("language:\n")
		for _, l := range found {
			fmt.Fprintf(b, "- %s\n", quoted(l))
		}
	}
	if found, _ := r.licenses(); len(found) > 0 {
		b.WriteString("license:\n")
		for _, l := range found {
			fmt.Fprintf(b, "- %s\n", quoted(l))
		}
	}
	patterns := patterns(list)
	for i, p := range patterns {
		if i == 0 {
			config(b, "configs:\n", "default", patterns)
		}
		if len(patterns) > 1 {
			config(b, "", path.Base(path.Dir(p)), patterns[i:i+1])
		}
	}
	b.WriteString("---\n\n")
}

func (r *Report) title() string {
	if r.Name == "" {
		return "unnamed run"
	}
	return r.Name
}

// licenses returns the licences of the sources, in the order of the alphabet, and the
// sources whose licence the recipe does not say.
func (r *Report) licenses() (found, unknown []string) {
	for _, s := range r.Sources {
		switch {
		case s.License == "":
			unknown = append(unknown, s.Name)
		case !slices.Contains(found, s.License):
			found = append(found, s.License)
		}
	}
	slices.Sort(found)
	return found, unknown
}

// licensed says in a sentence what is known of the licences.
func (r *Report) licensed() string {
	found, unknown := r.licenses()
	switch {
	case len(found) == 0:
		return "The licence is that of the sources; the recipe names none."
	case len(unknown) == 0:
		return fmt.Sprintf("Licences of the sources, as the recipe names them: %s.", plain(strings.Join(found, ", ")))
	}
	return fmt.Sprintf("Licences of the sources, as the recipe names them: %s; it names none for %s.", plain(strings.Join(found, ", ")), plain(strings.Join(unknown, ", ")))
}

// languages returns the codes of two or three letters that steps gave sampled documents
// which none removed, in the order of the alphabet.
func (r *Report) languages() []string {
	var out []string
	for _, d := range r.Documents {
		for _, l := range d.Labels {
			if d.Removed == "" && strings.HasPrefix(l.Name, "language.") && code(l.Value) && !slices.Contains(out, l.Value) {
				out = append(out, l.Value)
			}
		}
	}
	slices.Sort(out)
	return out
}

func code(s string) bool {
	return (len(s) == 2 || len(s) == 3) && s != "und" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}

// config writes one configuration of the dataset: its name and where its shards are.
func config(b *strings.Builder, before, name string, patterns []string) {
	b.WriteString(before + "- config_name: " + quoted(name) + "\n  data_files:\n  - split: train\n    path:\n")
	for _, p := range patterns {
		b.WriteString("    - " + quoted(p) + "\n")
	}
}

// patterns are what the shards match, and nothing else in their folders: one for each
// folder, in the order of the shards.
func patterns(list []shards.Shard) []string {
	var out []string
	for _, s := range list {
		folder, name := path.Split(s.File)
		_, kind, _ := strings.Cut(name, ".")
		if p := folder + "*." + kind; !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// sizeCategory is the class of the number of rows as Hugging Face writes it.
func sizeCategory(rows int64) string {
	low := "n<1K"
	for _, c := range []struct {
		least int64
		name  string
	}{{1e3, "1K<n<10K"}, {1e4, "10K<n<100K"}, {1e5, "100K<n<1M"}, {1e6, "1M<n<10M"}, {1e7, "10M<n<100M"},
		{1e8, "100M<n<1B"}, {1e9, "1B<n<10B"}, {1e10, "10B<n<100B"}, {1e11, "100B<n<1T"}, {1e12, "n>1T"}} {
		if rows >= c.least {
			low = c.name
		}
	}
	return low
}

func quoted(s string) string {
	b, _ := json.Marshal(s) // a string always can
	return string(b)
}

// plain writes a text so that Markdown takes it for nothing else.
func plain(s string) string {
	return strings.NewReplacer("|", "\\|", "<", "&lt;", "`", "'", "[", "\\[", "*", "\\*").Replace(printable(s))
}

// croissantContext is the context that the Croissant format 1.0 asks for.
const croissantContext = `{"@language":"en","@vocab":"https://schema.org/","citeAs":"cr:citeAs","column":"cr:column",
"conformsTo":"dct:conformsTo","cr":"http://mlcommons.org/croissant/","rai":"http://mlcommons.org/croissant/RAI/",
"data":{"@id":"cr:data","@type":"@json"},"dataType":{"@id":"cr:dataType","@type":"@vocab"},"dct":"http://purl.org/dc/terms/",
"equivalentProperty":"cr:equivalentProperty",
"examples":{"@id":"cr:examples","@type":"@json"},"extract":"cr:extract","field":"cr:field","fileProperty":"cr:fileProperty",
"fileObject":"cr:fileObject","fileSet":"cr:fileSet","format":"cr:format","includes":"cr:includes","isLiveDataset":"cr:isLiveDataset",
"jsonPath":"cr:jsonPath","key":"cr:key","md5":"cr:md5","parentField":"cr:parentField","path":"cr:path","recordSet":"cr:recordSet",
"references":"cr:references","regex":"cr:regex","repeated":"cr:repeated","replace":"cr:replace","samplingRate":"cr:samplingRate","sc":"https://schema.org/",
"separator":"cr:separator","source":"cr:source","subField":"cr:subField","transform":"cr:transform"}`

// WriteCroissant writes the description of the shards. Records are not described: their
// fields are those of the input, which sources need not share.
func (r *Report) WriteCroissant(w io.Writer, list []shards.Shard) error {
	t := r.Total()
	files := []map[string]any{}
	for _, s := range list {
		files = append(files, map[string]any{
			"@type": "cr:FileObject", "@id": s.File, "name": s.File, "contentUrl": s.File, "contentSize": fmt.Sprintf("%d B", s.Bytes),
			"encodingFormat": mediaType(s.File), "sha256": s.SHA256,
		})
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	described := map[string]any{
		"@context": json.RawMessage(croissantContext), "@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.0",
		"name": r.title(), "distribution": files,
		"description": fmt.Sprintf("%s curated with tamis %s under the plan %s; documents read: %s.", Plural(t.Kept, "document"), r.Version, r.PlanHash, whole(t.Read)),
	}
	if found, unknown := r.licenses(); len(found) > 0 && len(unknown) == 0 {
		described["license"] = found
	}
	return e.Encode(described)
}

func mediaType(file string) string {
	switch path.Ext(file) {
	case ".parquet":
		return "application/vnd.apache.parquet"
	case ".gz":
		return "application/gzip"
	case ".zst":
		return "application/zstd"
	}
	return "application/jsonlines"
}
