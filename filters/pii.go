package filters

import (
	"fmt"
	"slices"
	"strings"

	"tamis/document"
	"tamis/step"
)

// PII masks personal data.
var PII = step.Spec{
	Name: "pii",
	Doc: "Masks personal data: each finding becomes a placeholder, a pseudonym that is the same throughout the corpus, a plausible fake, or nothing. " +
		"What has a check digit is checked, phone numbers are held against the numbering plans, and numbers that could be anything need a word beside them that says what they are. " +
		"With a bound on found, documents with more go.",
	Source: "ISO 7812 and 13616 (cards, IBAN), ITU-T E.164 and its national plans, RFC 5321, 5737, 6890 and 3849, the issuers' check digits; " +
		"datatrove, formatters/pii.py at a649de79, and Dolma, taggers/pii.py at 669f5348 for compat",
	Rules: []step.Rule{
		piiEmail:    secretRule("email", "addresses", "E-mail addresses."),
		piiIP:       secretRule("ip", "addresses", "Public IPv4 and IPv6 addresses; no version numbers."),
		piiPhone:    secretRule("phone", "numbers", "Phone numbers in international and national form."),
		piiCard:     secretRule("card", "numbers", "Payment card numbers of known issuers whose check digit is right."),
		piiIBAN:     secretRule("iban", "numbers", "Bank account numbers (IBAN) whose check digits are right."),
		piiID:       secretRule("national_id", "numbers", "National numbers of persons: US, UK, DE, FR, ES, IT, NL, PL, BR, IN."),
		piiKey:      secretRule("key", "keys", "API keys, tokens and private keys of well-known shapes."),
		piiCrypto:   secretRule("crypto", "addresses", "Bitcoin and Ethereum addresses."),
		piiUsername: secretRule("username", "names", "User names in URLs: before the host, and in the paths of well-known sites."),
		piiURL:      secretRule("url", "addresses", "URLs, whoever's they are; not looked for unless the recipe says so."),
		piiListed:   secretRule("listed", "entries", "Entries of the lists."),
		piiFound: {Name: "found", Unit: "findings", Min: step.NoMin, Max: step.NoMax, Scale: step.Log,
			Doc: "Findings of all types in the text."},
	},
	New: func() step.Settings {
		return &piiSettings{Types: slices.Clone(piiTypes[:piiURL]), Mask: "placeholder", Regions: slices.Clone(piiRegions)}
	},
}

func secretRule(name, unit, doc string) step.Rule {
	r := editRule(name, unit, doc)
	r.Secret = true
	return r
}

// The types of personal data, which are the rules of pii by index. Where findings
// overlap, piiPriority says which stays.
const (
	piiEmail = iota
	piiIP
	piiPhone
	piiCard
	piiIBAN
	piiID
	piiKey
	piiCrypto
	piiUsername
	piiURL
	piiListed
	piiFound
)

var piiTypes = []string{"email", "ip", "phone", "card", "iban", "national_id", "key", "crypto", "username", "url", "listed"}

// piiRegions are the countries whose national phone numbers are known as such without
// a word beside them, by their codes in ISO 3166.
var piiRegions = []string{"US", "GB", "DE", "FR", "ES", "IT", "NL", "PL", "BR", "IN"}

type piiSettings struct {
	Types   []string    `yaml:"types" doc:"what to look for: email, ip, phone, card, iban, national_id, key, crypto, username, url"`
	Mask    string      `yaml:"mask" doc:"what a finding becomes: placeholder, pseudonym, fake, or remove for nothing"`
	Key     step.Secret `yaml:"key" doc:"secret from which pseudonyms and fakes are made; without it the seed of the recipe, which is no secret"`
	Regions []string    `yaml:"regions" doc:"countries whose national phone numbers are known without a word beside them"`
	Lists   []string    `yaml:"lists" doc:"files of names, addresses or anything else to mask, one in a line; whole words in any case, also where a line ends between two"`
	Compat  string      `yaml:"compat" doc:"datatrove or dolma: what that program finds, and what it puts in its place"`
}

// Build makes the step.
func (s *piiSettings) Build(env *step.Env) (any, error) {
	p := &pii{regions: s.Regions, tops: topDomains{}, mask: newPIIMask(s.Mask, string(s.Key), env.Seed)}
	if p.mask == nil {
		return nil, &step.Fault{Key: "mask", Err: fmt.Errorf("%q is no way to mask: placeholder, pseudonym, fake and remove are", s.Mask)}
	}
	for _, t := range s.Types {
		i := slices.Index(piiTypes, t)
		if i < 0 || i == piiListed {
			return nil, &step.Fault{Key: "types", Err: fmt.Errorf("%q is no type: %s are", t, strings.Join(piiTypes[:piiListed], ", "))}
		}
		p.types[i] = true
	}
	switch s.Key {
	case "off", "false", "no":
		return nil, &step.Fault{Key: "key", Err: fmt.Errorf("the secret would be %q: types without key looks for none", string(s.Key))}
	}
	for _, r := range s.Regions {
		if !isPhoneRegion(r) {
			return nil, &step.Fault{Key: "regions", Err: fmt.Errorf("%q is no country with a numbering plan: write a code such as DE", r)}
		}
	}
	if err := p.readLists(env, s.Lists); err != nil {
		return nil, &step.Fault{Key: "lists", Err: err}
	}
	switch s.Compat {
	case "", "datatrove", "dolma":
		p.compat = s.Compat
	default:
		return nil, &step.Fault{Key: "compat", Err: fmt.Errorf("%q is no program: datatrove and dolma are", s.Compat)}
	}
	return p, nil
}

// pii is the step in one worker.
type pii struct {
	types   [piiListed + 1]bool // that the recipe asks for
	regions []string
	mask    *piiMask
	listed  *automaton // nil without lists
	compat  string     // "", datatrove or dolma
	tops    topDomains

	// Of the document at hand:
	on     [piiListed + 1]bool // types whose rules are on
	text   string
	found  []piiFinding
	groups []digitGroup
	lead   string // what stands before the first group, where more of them went before
	token  []byte // scratch
	near   []byte // scratch
	hits   []occurrence
	done   int // everything before belongs to a number that has been looked at
	urlEnd int // the end of the last URL
}

// A piiFinding is personal data of one type: bytes [start, end).
type piiFinding struct{ kind, start, end int }

// Fork returns the same step for another worker.
func (p *pii) Fork() step.Local {
	return &pii{types: p.types, regions: p.regions, tops: topDomains{}, mask: p.mask.fork(), listed: p.listed, compat: p.compat}
}

// Judge asks for an edit for each finding.
func (p *pii) Judge(d *document.Document, m *step.Meter) step.Verdict {
	for i := range piiFound {
		m.Hold(i, 0)
		p.on[i] = p.types[i] && !m.Rules[i].Off // what is not looked for is not counted as found
	}
	p.text = d.Text()
	switch p.compat {
	case "datatrove":
		p.asDatatrove(m)
	case "dolma":
		p.asDolma(m)
	default:
		p.search()
		p.mask.begin()
		for _, f := range p.found {
			m.Edit(f.kind, f.start, f.end, p.mask.with(f.kind, p.text[f.start:f.end]))
		}
	}
	m.Hold(piiFound, float64(len(p.found)))
	p.text = ""
	return m.Verdict()
}
