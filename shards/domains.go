package shards

import "io"

// A Domain is a row of domains.parquet: what became of the documents of one site.
type Domain struct {
	Domain    string       `parquet:"domain" json:"domain"`
	Documents int64        `parquet:"documents" json:"documents"` // that were read
	Bytes     int64        `parquet:"bytes" json:"bytes"`         // of their texts
	Kept      int64        `parquet:"kept" json:"kept"`
	Steps     []DomainStep `parquet:"steps,list" json:"steps,omitempty"` // that removed or edited some, in the order of the recipe
}

// A DomainStep is what one step did to the documents of a site.
type DomainStep struct {
	Step    string `parquet:"step,dict" json:"step"`
	Removed int64  `parquet:"removed" json:"removed"`
	Edited  int64  `parquet:"edited" json:"edited"`
}

// A DomainWriter writes domains.parquet.
type DomainWriter struct{ tableWriter[Domain] }

// NewDomainWriter returns a writer into w.
func NewDomainWriter(w io.Writer) *DomainWriter {
	return &DomainWriter{newTableWriter[Domain](w)}
}
