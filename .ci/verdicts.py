"""Reads records of JSONL on standard input and writes, for each, what datatrove's filters say of its text:
by splitter and filter, "keep" and the sha256 of the text that is left, or the reason and null."""

import hashlib
import json
import sys

import datatrove.utils.word_tokenizers as tokenizers
from datatrove.data import Document
from datatrove.pipeline.filters.c4_filters import C4ParagraphFilter, C4QualityFilter
from datatrove.pipeline.filters.fineweb_quality_filter import FineWebQualityFilter
from datatrove.pipeline.filters.gopher_quality_filter import GopherQualityFilter
from datatrove.pipeline.filters.gopher_repetition_filter import GopherRepetitionFilter
from datatrove.utils.text import split_into_parts


class WhiteSpace(tokenizers.WhitespaceTokenizer):
    def word_tokenize(self, text):
        return text.split()


white_space = WhiteSpace()
usual = tokenizers.load_word_tokenizer
filters = {
    "gopher_repetition": GopherRepetitionFilter(),
    "gopher_quality": GopherQualityFilter(),
    "c4": C4QualityFilter(),
    "c4 without marks": C4QualityFilter(filter_no_terminal_punct=False),
    "c4 by sentences": C4QualityFilter(split_paragraph=False),
    "fineweb": FineWebQualityFilter(),
    "c4_paragraph": C4ParagraphFilter(),
}


def judged(judge, text):
    document = Document(text=text, id="")
    verdict = judge.filter(document)
    keep, reason = verdict if isinstance(verdict, tuple) else (verdict, "")
    return ["keep", hashlib.sha256(document.text.encode()).hexdigest()] if keep else [reason, None]


for line in sys.stdin:
    text, out = json.loads(line)["text"], {}
    for name, load in {"whitespace": lambda language: white_space, "spacy": usual}.items():
        tokenizers.load_word_tokenizer = load
        split_into_parts.cache_clear()
        out[name] = {step: judged(judge, text) for step, judge in filters.items()}
    print(json.dumps(out), flush=True)
