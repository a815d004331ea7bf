package recipe

import (
	"tamis/classify"
	"tamis/dedup"
	"tamis/external"
	"tamis/filters"
	"tamis/step"
)

// Steps lists every step that a recipe may name. The order is that of the
// reference page: what most recipes do first comes first.
var Steps = []*step.Spec{
	&filters.Normalize,
	&filters.Repair,
	&filters.Boilerplate,
	&filters.SymbolLines,
	&filters.URL,
	&classify.Language,
	&filters.GopherRepetition,
	&filters.GopherQuality,
	&filters.C4,
	&filters.C4BadWords,
	&filters.C4Paragraph,
	&filters.FineWeb,
	&filters.RedPajama,
	&filters.NeMo,
	&filters.NeMoCode,
	&filters.DCLMEdits,
	&filters.DCLM,
	&filters.Dolma,
	&filters.DolmaLengths,
	&filters.DolmaRepetitions,
	&filters.RefinedWebLines,
	&filters.Madlad,
	&filters.Llama3,
	&filters.Unigram,
	&filters.LineLengths,
	&filters.Compression,
	&filters.Code,
	&filters.CodeHeader,
	&filters.NSFW,
	filters.Toxicity(classify.ToxicityScorer),
	&filters.PII,
	&filters.Decontaminate,
	&filters.Conversation,
	&filters.Votes,
	&filters.Where,
	&filters.Tag,
	&external.Exec,
	&dedup.Exact,
	&dedup.MinHash,
	&dedup.Lines,
	&dedup.Sentences,
	&dedup.Paragraphs,
	&dedup.Substring,
	&dedup.Semantic,
	&classify.Quality,
	&classify.Classify,
	&classify.Perplexity,
	&classify.Importance,
	&classify.Top,
	&classify.Tiers,
	&classify.Pareto,
}
