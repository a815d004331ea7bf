"""Reads records of JSONL on standard input and writes, for each, the words of its text as a JSON list:
those of spaCy's English tokenizer, without white space around them and without empty ones."""

import json
import sys

import spacy

nlp = spacy.blank("en")
for line in sys.stdin:
    text = json.loads(line)["text"]
    nlp.max_length = len(text) + 10
    words = (token.text.strip() for token in nlp.tokenizer(text))
    print(json.dumps([word for word in words if word]))
