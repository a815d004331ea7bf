package engine

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/zeebo/xxh3"
	"golang.org/x/net/publicsuffix"

	"tamis/document"
	"tamis/shards"
	"tamis/spool"
)

// While documents stream by, a row is noted for each that has a URL, and one for each
// time that a step removes or edits one. When all stages are through, the rows are
// sorted by domain and added up, so that an owner can see which sites a corpus has lost,
// and to what.

const (
	domainRows  = "domains"
	domainsName = "domains.parquet"
)

// shownDomains is how many domains the report shows; the file has all.
const shownDomains = 100

// What a row says of a document.
const (
	domainRead byte = iota
	domainRemoved
	domainEdited
)

// A row is, behind its length (uvarint): what it says, the step (u16, big-endian), the
// bytes of the text (u32) and the domain.
const domainHead = 1 + 2 + 4

// visit notes a row where d has a URL.
func (w *worker) visit(d *document.Document, what byte, stepIndex int) {
	if d.URL == "" {
		return
	}
	name := site(d.URL)
	if name == "" {
		return
	}
	b := binary.AppendUvarint(w.visits, uint64(domainHead+len(name)))
	b = binary.BigEndian.AppendUint16(append(b, what), uint16(stepIndex))
	b = binary.BigEndian.AppendUint32(b, uint32(min(len(d.Text()), math.MaxUint32)))
	w.visits = append(b, name...)
}

// site returns the domain that was registered for the host of a URL, in small letters;
// of an address of numbers, or a name without a known ending, the host.
func site(url string) string {
	if i := strings.Index(url, "://"); i >= 0 {
		url = url[i+3:]
	} else {
		url = strings.TrimPrefix(url, "//")
	}
	if i := strings.IndexAny(url, `/\?#`); i >= 0 {
		url = url[:i]
	}
	url = url[strings.LastIndexByte(url, '@')+1:]
	if i := strings.LastIndexByte(url, ':'); i >= 0 && strings.Trim(url[i+1:], "0123456789") == "" {
		url = url[:i]
	}
	host := strings.ToLower(strings.TrimRight(url, ". "))
	if name, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil && strings.Trim(host, "0123456789.") != "" {
		return name
	}
	return host
}

// writeDomains writes domains.parquet, most documents first, and returns its first rows.
func (r *Run) writeDomains(ctx context.Context) ([]shards.Domain, error) {
	if r.state.scan.Lengths[domainRows] == 0 {
		return nil, nil
	}
	dir, err := r.work.Sub("resolve")
	if err != nil {
		return nil, err
	}
	defer dir.RemoveAll()
	if err := dir.Clear(); err != nil {
		return nil, err
	}
	half := spool.SortOptions{Memory: int64(float64(r.plan.Memory) * resolveShare / 2), Check: ctx.Err}
	half.Key = 16
	byName := spool.NewSorter(dir, "names", half)
	defer byName.Close()
	var key []byte
	err = r.logRows(domainRows, func(row []byte) error {
		if len(row) < domainHead {
			return errRow
		}
		key = domainKey(key[:0], row[domainHead:])
		return byName.Add(append(key, row...))
	})
	if err != nil {
		return nil, err
	}
	half.Key = 8
	bySize := spool.NewSorter(dir, "sizes", half)
	defer bySize.Close()
	sum := domainSum{run: r, to: bySize}
	if err := errors.Join(byName.Each(sum.row), sum.end()); err != nil {
		return nil, err
	}
	var first []shards.Domain
	err = r.dir.WriteWhole(domainsName, func(out io.Writer) error {
		w := shards.NewDomainWriter(out)
		return errors.Join(bySize.Each(func(rec []byte) error {
			var d shards.Domain
			if err := json.Unmarshal(rec[8:], &d); err != nil {
				return err
			}
			if len(first) < shownDomains {
				first = append(first, d)
			}
			return w.Write(&d)
		}), w.Close())
	})
	return first, err
}

func domainKey(dst, domain []byte) []byte {
	h := xxh3.Hash128(domain)
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(dst, h.Hi), h.Lo)
}

// A domainSum adds up the rows of one domain after the other.
type domainSum struct {
	run   *Run
	to    *spool.Sorter
	key   []byte
	sum   shards.Domain
	steps []shards.DomainStep // by step of the plan
	out   []byte
}

// row adds a row behind its key.
func (s *domainSum) row(rec []byte) error {
	key, row := rec[:16], rec[16:]
	if !bytes.Equal(s.key, key) {
		if err := s.end(); err != nil {
			return err
		}
		s.key = append(s.key[:0], key...)
		s.sum = shards.Domain{Domain: string(row[domainHead:])}
		s.steps = make([]shards.DomainStep, len(s.run.plan.Steps))
	}
	i := int(binary.BigEndian.Uint16(row[1:]))
	if i >= len(s.steps) && row[0] != domainRead {
		return errRow
	}
	switch row[0] {
	case domainRead:
		s.sum.Documents++
		s.sum.Kept++
		s.sum.Bytes += int64(binary.BigEndian.Uint32(row[3:]))
	case domainRemoved:
		s.sum.Kept--
		s.steps[i].Removed++
	default:
		s.steps[i].Edited++
	}
	return nil
}

// end hands over the domain at hand, if there is one.
func (s *domainSum) end() error {
	if len(s.key) == 0 {
		return nil
	}
	for i, st := range s.steps {
		if st.Removed+st.Edited > 0 {
			st.Step = s.run.plan.Steps[i].Name
			s.sum.Steps = append(s.sum.Steps, st)
		}
	}
	s.key = s.key[:0]
	record, err := json.Marshal(s.sum)
	if err != nil {
		return fmt.Errorf("domain %s: %w", s.sum.Domain, err)
	}
	s.out = binary.BigEndian.AppendUint64(s.out[:0], math.MaxUint64-uint64(s.sum.Documents))
	return s.to.Add(append(s.out, record...))
}
